// Several tabs, one engine: a Web Lock says which tab has it, a BroadcastChannel
// carries the others' calls there and what happens to all. The browser gives the
// lock on by itself when its tab is closed or crashes.
import type { Event, Failure } from './types'

type Answer = { result?: unknown; failure?: Failure }
/** What the tabs, and the service worker, say to each other. */
export type Note =
  | { kind: 'ask'; tab: string; id: number; name: string; params: unknown }
  | { kind: 'took'; tab: string; id: number }
  | { kind: 'answer'; tab: string; id: number; answer: Answer }
  | { kind: 'event'; event: Event; data: unknown }

interface Uses {
  /** This tab has the engine from now on. */
  lead(): void
  /** Makes a call of another tab's. */
  serve(name: string, params: unknown): Promise<unknown>
  /** A call of this tab's has its answer. */
  settle(id: number, answer: Answer): void
  hear(event: Event, data: unknown): void
}

/** Which device of this browser the page is: an account's own, or, beside it and only
 * to be read, that of the account that had the handle before a reset (`/?before`). */
export const home = new URLSearchParams(location.search).has('before') ? 'coffer before' : 'coffer'
/** The Web Lock of the tab that has the engine. */
export const device = `${home} device`
const again = 1000 // ms after which a call that nobody took is said again

export class Share {
  private readonly channel = new BroadcastChannel(home)
  private readonly tab = crypto.randomUUID()
  private leads = false
  private joined: Promise<void> | undefined
  private readonly served = new Set<string>()
  private readonly untaken = new Map<number, Note>()

  constructor(private readonly uses: Uses) {
    this.channel.onmessage = ({ data }: MessageEvent<Note>) => this.receive(data)
  }

  /** Resolves when this tab has the engine or knows that another has. */
  join(): Promise<void> {
    this.joined ??= new Promise<void>((ready, fail) => {
      const take = () => {
        this.leads = true
        this.untaken.clear()
        this.uses.lead()
        ready()
        return new Promise<never>(() => undefined) // held as long as the tab lives
      }
      navigator.locks.request(device, { ifAvailable: true }, (got) => {
        if (got) return take()
        navigator.locks.request(device, take).catch(fail)
        ready()
        return undefined
      }).catch(fail)
    })
    return this.joined
  }

  /** Hands a call to the tab that has the engine. */
  ask(id: number, name: string, params: unknown) {
    const note: Note = { kind: 'ask', tab: this.tab, id, name, params }
    this.untaken.set(id, note)
    const say = () => {
      if (this.untaken.get(id) !== note) return
      this.channel.postMessage(note)
      setTimeout(say, again)
    }
    say()
  }

  /** Tells the other tabs of what has happened. */
  tell(event: Event, data: unknown) {
    this.channel.postMessage({ kind: 'event', event, data } satisfies Note)
  }

  private receive(n: Note) {
    if (n.kind === 'event') this.uses.hear(n.event, n.data)
    else if (n.kind === 'ask') this.serve(n)
    else if (n.tab !== this.tab) return
    else if (n.kind === 'took') this.untaken.delete(n.id)
    else {
      this.untaken.delete(n.id)
      this.uses.settle(n.id, n.answer)
    }
  }

  private serve(n: Note & { kind: 'ask' }) {
    if (!this.leads) return
    const to = { tab: n.tab, id: n.id }
    this.channel.postMessage({ kind: 'took', ...to } satisfies Note)
    const key = `${n.tab} ${n.id}`
    if (this.served.has(key)) return // said twice
    this.served.add(key)
    const answer = (answer: Answer) => {
      this.channel.postMessage({ kind: 'answer', ...to, answer } satisfies Note)
      setTimeout(() => this.served.delete(key), 10 * again)
    }
    this.uses.serve(n.name, n.params).then((result) => answer({ result }), (e: { failure?: Failure }) =>
      answer({ failure: e.failure ?? { kind: 'failed', message: String(e) } }))
  }
}
