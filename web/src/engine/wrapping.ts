// The wrapping key: a key of the browser's own that no script can take out. It
// is made once and kept in IndexedDB, where it lies as a handle, not as bytes.
// What is done with it is the engine's business.

const store = 'keys'

function request<T>(r: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    r.onsuccess = () => done(r.result)
    r.onerror = () => fail(r.error)
  })
}

export async function wrappingKey(database: string): Promise<CryptoKey> {
  const open = indexedDB.open(`${database} wrapping`, 1)
  open.onupgradeneeded = () => open.result.createObjectStore(store)
  const db = await request(open)
  try {
    const kept = await request(db.transaction(store).objectStore(store).get('key') as IDBRequest<CryptoKey | undefined>)
    if (kept) return kept
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const tx = db.transaction(store, 'readwrite', { durability: 'strict' })
    const written = new Promise<void>((done, fail) => {
      tx.oncomplete = () => done()
      tx.onabort = () => fail(tx.error)
    })
    tx.objectStore(store).add(made, 'key')
    await written
    return made
  } finally {
    db.close()
  }
}
