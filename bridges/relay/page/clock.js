// Milliseconds that never run backwards and count the time in which the machine slept, so that a
// laptop that wakes up shows no old price as fresh.
const clock = {elapsed: 0, steady: performance.now(), wall: Date.now()};

function now() {
  const steady = performance.now();
  const wall = Date.now();
  const slept = wall - clock.wall - (steady - clock.steady) > 1000;
  clock.elapsed += slept ? wall - clock.wall : steady - clock.steady;
  clock.steady = steady;
  clock.wall = wall;
  return clock.elapsed;
}
