// Lets the driver move what the page takes for the time, and see whether
// anything is still to come on the page. Frames of one site share the clock of
// their top window; those of other sites have their own, moved alike.
// performance.now() and workers keep real time.
(() => {
  const NAME = '__webchatspecClock';
  if (window[NAME]) return;
  const RealDate = Date;
  const realNow = RealDate.now;
  let clock;
  try {
    clock = window.top[NAME];
  } catch {
    // A frame of another site.
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

  // Timers that wait, by their number: when they are due, in real time.
  const waiting = new Map();
  const counted = (start, repeats) =>
    new Proxy(start, {
      apply(target, self, [action, delay, ...rest]) {
        if (typeof action !== 'function') return Reflect.apply(target, self, [action, delay, ...rest]);
        let id;
        const run = function (...given) {
          if (!repeats) waiting.delete(id);
          return Reflect.apply(action, this, given);
        };
        id = Reflect.apply(target, self, [run, delay, ...rest]);
        waiting.set(id, repeats ? 0 : performance.now() + (Number(delay) || 0));
        return id;
      },
    });
  const forgetting = (stop) =>
    new Proxy(stop, {
      apply(target, self, [id]) {
        waiting.delete(Number(id));
        return Reflect.apply(target, self, [id]);
      },
    });
  window.setTimeout = counted(window.setTimeout, false);
  window.setInterval = counted(window.setInterval, true);
  window.clearTimeout = forgetting(window.clearTimeout);
  window.clearInterval = forgetting(window.clearInterval);
  // Whether a timer of the page is due within the milliseconds.
  Object.defineProperty(window, '__webchatspecWaits', {
    value: (limit) => [...waiting.values()].some((due) => due < performance.now() + limit),
  });
})();
