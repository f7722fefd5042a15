import { render } from 'preact'
import { scriptURL } from './engine/trusted'
import { start } from './state/session'
import './theme'
import { App } from './ui/app'

render(<App />, document.getElementById('app')!)
void start()
if ('serviceWorker' in navigator) void navigator.serviceWorker.register(scriptURL('/sw.js')).catch(() => undefined)
