// Addresses of scripts: only this build's own may become one (Trusted Types).

interface Policy { createScriptURL(url: string): string }
interface Factory { createPolicy(name: string, rules: object): Policy }

const own = /^\/(sw|assets\/worker-[0-9a-f]{12})\.js$/

const policy = (globalThis as { trustedTypes?: Factory }).trustedTypes?.createPolicy('coffer', {
  createScriptURL: (url: string) => {
    if (!own.test(url)) throw new TypeError('not a script of this page')
    return url
  },
})

/** A script's address in the form that the browser takes. */
export function scriptURL(url: string): string {
  return policy ? policy.createScriptURL(url) : url
}
