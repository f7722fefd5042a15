// The small picture that travels inside a message, drawn by the browser: at most
// 320 pixels, on white, as a JPEG of so many bytes that it fits. Drawing it anew
// leaves the file's metadata behind.

const edge = 320
const most = 40_000_000 // pixels of a picture that is drawn at all

/** A JPEG of at most limit bytes, or null for what the browser cannot read. */
export async function preview(file: Blob, type: string, limit: number): Promise<Uint8Array | null> {
  if (!/^image\/(png|jpeg|gif|webp|avif)$/.test(type)) return null
  let picture: ImageBitmap
  try {
    picture = await createImageBitmap(new Blob([file], { type }))
  } catch {
    return null
  }
  try {
    if (picture.width * picture.height > most) return null
    for (let longer = edge; longer >= 24; longer = Math.floor(longer * 3 / 4)) {
      const scale = Math.min(1, longer / Math.max(picture.width, picture.height))
      const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)))
      const pen = canvas.getContext('2d')
      if (!pen) return null
      pen.fillStyle = '#fff'
      pen.fillRect(0, 0, canvas.width, canvas.height)
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
      for (const quality of [0.75, 0.5, 0.3]) {
        const small = await canvas.convertToBlob({ type: 'image/jpeg', quality })
        if (small.size <= limit) return new Uint8Array(await small.arrayBuffer())
      }
    }
    return null
  } finally {
    picture.close()
  }
}
