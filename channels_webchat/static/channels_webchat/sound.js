// Two soft notes, made here: nothing to load.

let context;

export function chime() {
  try {
    context ??= new AudioContext();
    if (context.state !== "running") return; // browsers stay silent until somebody has touched the page
    [660, 880].forEach((pitch, index) => note(pitch, context.currentTime + index * 0.12));
  } catch {
    // A browser without sound.
  }
}

function note(pitch, at) {
  const tone = new OscillatorNode(context, { frequency: pitch });
  const loudness = new GainNode(context, { gain: 0 });
  loudness.gain.setValueAtTime(0, at);
  loudness.gain.linearRampToValueAtTime(0.08, at + 0.02);
  loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.35);
  tone.connect(loudness).connect(context.destination);
  tone.start(at);
  tone.stop(at + 0.4);
}
