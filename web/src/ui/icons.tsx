// Icons, drawn with the text's colour.
const paths = {
  send: 'M4 12 20 4l-4 16-4-6-8-2Zm8 2 8-10',
  plus: 'M12 5v14M5 12h14',
  clip: 'm20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9 17.3a1.7 1.7 0 0 1-2.4-2.4L14 7.5',
  back: 'm14 6-6 6 6 6',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm5-2 4 4',
  shield: 'M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6l-7-3Z',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-4 3-6 6-6s6 2 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5m2 3c2 .8 3 2.7 3 6',
  reply: 'm9 7-5 5 5 5M4 12h9c4 0 7 2 7 6',
  smile: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8.5 14c1 1.5 2 2 3.5 2s2.5-.5 3.5-2M9 9.5v.1M15 9.5v.1',
  more: 'M5 12a1 1 0 1 0 2 0 1 1 0 0 0-2 0Zm6 0a1 1 0 1 0 2 0 1 1 0 0 0-2 0Zm6 0a1 1 0 1 0 2 0 1 1 0 0 0-2 0Z',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 13 4 4L19 7',
  checks: 'm2 13 4 4L16 7m-5 8 2 2L23 7',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Zm0-14v5l3 2',
  file: 'M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7l-4-4Zm0 0v4h4',
  down: 'm6 10 6 6 6-6',
  mic: 'M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3Zm-6-3a6 6 0 0 0 12 0M12 18v3',
  gear: 'M4 7h9m4 0h3M4 17h3m4 0h9M15 5v4M9 15v4',
  mute: 'M6 16h12l-2-3V9a4 4 0 0 0-8 0v4l-2 3Zm4 3h4M4 4l16 16',
  pin: 'M9 4h6l-1 6 3 4H7l3-4-1-6Zm3 10v6',
  edit: 'm5 19 1-4L16 5l3 3L9 18l-4 1Zm9-12 3 3',
  warn: 'M12 4 3 20h18L12 4Zm0 6v4m0 3v.01',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { name: IconName }) {
  return <svg class="icon" data-icon={name} viewBox="0 0 24 24" aria-hidden="true"><path d={paths[name]} /></svg>
}
