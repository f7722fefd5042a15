// What the build does to the engine after Go's linker (docs/adr/0029).
//
// The linker leaves out runs of zeros and so cuts the program's data into
// 100,000 segments, each with an address of its own. Addresses do not compress,
// zeros do: as one segment the same memory is a sixteenth smaller to load.

const DATA = 11, DATA_COUNT = 12, I32_CONST = 0x41, END = 0x0b

/** The same module with all its data in one segment: what memory holds once it is instantiated is the same byte for byte. */
export function joinData(module) {
  const parts = [module.subarray(0, 8)] // magic and version
  const r = new Reader(module, 8)
  while (!r.done()) {
    const start = r.at
    const id = r.byte()
    const body = r.bytes(r.unsigned())
    if (id === DATA_COUNT) throw new Error('the module counts its data segments, so its code may name them')
    parts.push(id === DATA ? section(DATA, joined(segments(body))) : module.subarray(start, r.at))
  }
  return Buffer.concat(parts)
}

/** Address and bytes of every segment, in the order in which they are written into memory. */
function segments(body) {
  const r = new Reader(body, 0)
  return Array.from({ length: r.unsigned() }, () => {
    if (r.unsigned() !== 0 || r.byte() !== I32_CONST) throw new Error('a data segment without a constant address in the first memory')
    const address = r.signed() >>> 0
    if (r.byte() !== END) throw new Error('a data segment with a computed address')
    return { address, bytes: r.bytes(r.unsigned()) }
  })
}

function joined(all) {
  if (all.length === 0) return unsigned(0)
  const from = all.reduce((n, s) => Math.min(n, s.address), Infinity)
  const to = all.reduce((n, s) => Math.max(n, s.address + s.bytes.length), 0)
  const image = Buffer.alloc(to - from)
  for (const s of all) image.set(s.bytes, s.address - from)
  return Buffer.concat([unsigned(1), unsigned(0), Buffer.from([I32_CONST]), signed(from | 0), Buffer.from([END]), unsigned(image.length), image])
}

const section = (id, body) => Buffer.concat([Buffer.from([id]), unsigned(body.length), body])

/** LEB128, as WebAssembly writes numbers. */
function unsigned(n) {
  const out = []
  for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80)
  return Buffer.from([...out, n])
}
function signed(n) {
  const out = []
  for (; n < -0x40 || n > 0x3f; n >>= 7) out.push((n & 0x7f) | 0x80)
  return Buffer.from([...out, n & 0x7f])
}

class Reader {
  constructor(b, at) {
    this.b = b
    this.at = at
  }
  done() {
    return this.at >= this.b.length
  }
  byte() {
    if (this.done()) throw new Error('the module ends too early')
    return this.b[this.at++]
  }
  bytes(n) {
    if (n > this.b.length - this.at) throw new Error('the module ends too early')
    this.at += n
    return this.b.subarray(this.at - n, this.at)
  }
  unsigned() {
    return this.leb()[0] >>> 0
  }
  signed() {
    const [n, bits, last] = this.leb()
    return bits < 32 && last & 0x40 ? n | (-1 << bits) : n
  }
  leb() {
    let n = 0
    for (let bits = 0; bits < 35; bits += 7) {
      const b = this.byte()
      n |= (b & 0x7f) << bits
      if (b < 0x80) return [n, bits + 7, b]
    }
    throw new Error('a number of more than 32 bits')
  }
}
