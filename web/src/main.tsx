import { render } from 'preact'
import { keepUp } from './state/build'
import { start } from './state/session'
import './theme'
import { App } from './ui/app'

render(<App />, document.getElementById('app')!)
void start()
void keepUp().catch(() => undefined)
