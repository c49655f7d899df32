/* Two short tones made by the browser: no file to fetch. Browsers allow sound only after the first key or click; a
   modifier key alone, or a finger that only begins to scroll, is none. */

let audio = null;

function unlock() {
  if (navigator.userActivation?.hasBeenActive === false) return;
  audio ??= new AudioContext();
  audio.resume();
}
for (const type of ["pointerdown", "pointerup", "keydown"]) document.addEventListener(type, unlock, { capture: true, passive: true });

/** Whether this page may make a sound now. */
export function audible() {
  return audio?.state === "running";
}

function tone(frequency, start, length, volume) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.type = "sine";
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(volume, start + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + length);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + length);
}

/** "message": one soft pair; "ring": the same pair, higher and twice. */
export function play(kind = "message") {
  if (!audible()) return false;
  const now = audio.currentTime;
  const pairs = kind === "ring" ? [[784, 0], [1047, 0.14], [784, 0.5], [1047, 0.64]] : [[587, 0], [784, 0.11]];
  for (const [frequency, after] of pairs) tone(frequency, now + after, 0.45, kind === "ring" ? 0.16 : 0.1);
  return true;
}
