// Reading a QR code by the camera, where the browser can.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { tell } from '../state/app'
import { t } from '../text'

interface Detector { detect(v: HTMLVideoElement): Promise<{ rawValue: string }[]> }
const make = (globalThis as { BarcodeDetector?: new (o: object) => Detector }).BarcodeDetector

/** A button that fills a field with what a QR code says; nothing where the browser reads none. */
export function Scan({ found }: { found: (text: string) => void }) {
  const on = useSignal(false)
  if (!make) return null
  return on.value ? <Camera done={(text) => { on.value = false; if (text) found(text) }} />
    : <button type="button" onClick={() => { on.value = true }}>{t('scan')}</button>
}

function Camera({ done }: { done: (text?: string) => void }) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    let stream: MediaStream | undefined
    let over = false
    const run = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
      if (over) return stop()
      video.current!.srcObject = stream
      await video.current!.play()
      const reader = new make!({ formats: ['qr_code'] })
      while (!over) {
        const [code] = await reader.detect(video.current!)
        if (code && !over) return done(code.rawValue)
        await new Promise(requestAnimationFrame)
      }
    }
    const stop = () => stream?.getTracks().forEach((x) => x.stop())
    run().catch(() => { if (!over) { tell(t('noCamera'), true); done() } })
    return () => { over = true; stop() }
  }, [])
  return <video class="camera" ref={video} muted playsInline aria-label={t('scan')} />
}
