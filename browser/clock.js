// Lets the driver move what the page takes for the time. Frames of the same
// site share the clock of the top window. Timers, performance.now() and
// workers keep real time.
(() => {
  const RealDate = Date;
  const realNow = RealDate.now;
  const NAME = '__webchatspecClock';
  let clock;
  try {
    clock = window.top[NAME];
  } catch {
    // A frame of another site keeps its own time.
  }
  clock ||= { skew: 0 };
  Object.defineProperty(window, NAME, { value: clock });
  const now = () => realNow() + clock.skew;
  const MovedDate = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, given, made) => Reflect.construct(target, given.length ? given : [now()], made),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  RealDate.prototype.constructor = MovedDate;
  window.Date = MovedDate;
})();
