// A voice message: recorded here, sent as a file like any other.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { tell } from '../state/app'
import { t } from '../text'
import { Round } from './buttons'

const longest = 15 * 60 // seconds
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4']

export function Recorder({ done }: { done: (f: File) => void }) {
  const seconds = useSignal(-1) // below 0: not recording
  const running = useRef<{ recorder: MediaRecorder; keep: boolean } | null>(null)

  const stop = (keep: boolean) => {
    if (!running.current) return
    running.current.keep = keep
    running.current.recorder.stop()
  }
  useEffect(() => () => stop(false), [])

  const start = async () => {
    let stream: MediaStream
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true })
    } catch {
      tell(t('noMicrophone'), true)
      return
    }
    const recorder = new MediaRecorder(stream, { mimeType: types.find((x) => MediaRecorder.isTypeSupported(x)) })
    const parts: Blob[] = []
    const mine = { recorder, keep: false }
    running.current = mine
    const clock = setInterval(() => { if (++seconds.value >= longest) stop(true) }, 1000)
    recorder.ondataavailable = (e) => { parts.push(e.data) }
    recorder.onstop = () => {
      clearInterval(clock)
      for (const track of stream.getTracks()) track.stop()
      running.current = null
      seconds.value = -1
      if (!mine.keep) return
      const type = recorder.mimeType.split(';')[0]!
      done(new File(parts, `${t('voice')}.${type.split('/')[1]}`, { type }))
    }
    seconds.value = 0
    recorder.start()
  }
  if (seconds.value < 0) return <Round name="record" icon="mic" onClick={() => void start()} />
  return <span class="recording" role="status">
    <span class="dot" aria-hidden="true" />{Math.floor(seconds.value / 60)}:{String(seconds.value % 60).padStart(2, '0')}
    <Round name="discard" icon="close" onClick={() => stop(false)} />
    <Round name="keepRecording" icon="check" onClick={() => stop(true)} />
  </span>
}
