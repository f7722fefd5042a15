// What a server may answer, well or badly: for the tests of client/transport/fetch.

const proto = { 'content-type': 'application/proto' }

function body(request) {
  return new Promise((done) => {
    const parts = []
    request.on('data', (p) => parts.push(p))
    request.on('end', () => done(Buffer.concat(parts)))
  })
}

export const answers = {
  // The request's method, session, protocol version and body, as the answer's body.
  '/answer/echo': async (request, response) => {
    const b = await body(request)
    response.writeHead(200, proto)
    response.end([request.method, request.headers.authorization ?? '-', request.headers['connect-protocol-version'] ?? '-',
      request.headers.cookie ?? '-', request.headers.referer ?? '-', b.toString('hex')].join(' '))
  },
  '/answer/refuse': (_, response) => {
    response.writeHead(409, { 'content-type': 'application/json' })
    response.end('{"code":"aborted","message":"why","details":[{"type":"a.B","value":"AQI"}]}')
  },
  '/answer/proxy': (_, response) => { response.writeHead(503, { 'content-type': 'text/html' }).end('<p>sorry') },
  '/answer/page': (_, response) => { response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello') },
  '/answer/redirect': (_, response) => { response.writeHead(307, { location: '/answer/echo' }).end() },
  '/answer/large': (_, response) => { response.writeHead(200, proto).end(Buffer.alloc(5000)) },
  '/answer/never': () => {},
  '/answer/cut': (_, response) => {
    response.writeHead(200, { ...proto, 'content-length': '1000' })
    response.write('half', () => response.destroy())
  },
  '/answer/part': async (request, response) => {
    const b = await body(request)
    response.writeHead(206, { 'content-range': request.headers.range?.replace('=', ' ') + '/1000', 'coffer-offset': String(b.length) })
    response.write('ab')
    setTimeout(() => response.end('cd'), 20)
  },
  '/answer/empty': (_, response) => { response.writeHead(204).end() },
}
