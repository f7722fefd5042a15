// A QR code, drawn as one path.
import { generate } from 'lean-qr/nano'

export function QR({ text, label }: { text: string; label: string }) {
  const code = generate(text)
  let path = ''
  for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`
  return <svg class="qr" viewBox={`-4 -4 ${code.size + 8} ${code.size + 8}`} role="img" aria-label={label} shape-rendering="crispEdges">
    <rect x="-4" y="-4" width={code.size + 8} height={code.size + 8} fill="#fff" /><path d={path} fill="#000" />
  </svg>
}
