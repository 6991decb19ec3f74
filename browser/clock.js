// Lets the driver move what the page takes for the time, let the computer sleep,
// see whether anything is still to come on the page, and know when it was told
// something. It runs in the frames of
// the page and in its workers. Frames of one site share the clock of their top
// window; those of other sites, and workers, have their own, moved alike.
(() => {
  const NAME = '__webchatspecClock';
  const scope = globalThis;
  if (scope[NAME]) return;
  const page = scope.document;
  const hidden = (name, value) => Object.defineProperty(scope, name, { value });
  let clock;
  try {
    clock = page && scope.top[NAME];
  } catch {
    // A frame of another site.
  }
  // By how many milliseconds Date is ahead, and performance.now(), which never
  // goes back; and whether the computer sleeps.
  clock ||= { skew: 0, slept: 0, asleep: false };
  hidden(NAME, clock);

  const RealDate = Date;
  const realDateNow = RealDate.now;
  const now = () => realDateNow() + clock.skew;
  const MovedDate = new Proxy(RealDate, {
    apply: () => new RealDate(now()).toString(),
    construct: (target, given, made) => Reflect.construct(target, given.length ? given : [now()], made),
  });
  // On Date itself, for a page may freeze it.
  RealDate.now = now;
  RealDate.prototype.constructor = MovedDate;
  scope.Date = MovedDate;
  const realNow = performance.now.bind(performance);
  performance.now = () => realNow() + clock.slept;

  // What is reported to the driver is dated, in real milliseconds since 1970.
  const { timeOrigin } = performance;
  const report = scope.__webchatspec;
  if (report) scope.__webchatspec = (text) => report(`${timeOrigin + realNow()} ${text}`);

  // Fires the timers that fall due within the milliseconds, each once.
  let fallDue = () => {};
  const countTimers = () => {
    // Timers that wait, by their number: when they are due, in real time, and how
    // to fire them. Those that were fired early have another number since.
    const waiting = new Map();
    const early = new Map();
    const { setTimeout: start, setInterval: repeat, clearTimeout: stop } = scope;
    const counted = (begin, repeats) =>
      new Proxy(begin, {
        apply(target, self, [action, delay, ...rest]) {
          const due = realNow() + (Number(delay) || 0);
          let run = action; // a text, which some pages still give
          let id;
          if (typeof action === 'function') {
            run = function (...given) {
              if (!repeats) waiting.delete(id);
              return Reflect.apply(action, this, given);
            };
          }
          id = Reflect.apply(target, self, [run, delay, ...rest]);
          waiting.set(id, { due, repeats, text: run === action, fire: () => Reflect.apply(start, self, [run, 0, ...rest]) });
          return id;
        },
      });
    const forgetting = (end) =>
      new Proxy(end, {
        apply(target, self, [id]) {
          waiting.delete(Number(id));
          if (early.has(Number(id))) Reflect.apply(target, self, [early.get(Number(id))]);
          return Reflect.apply(target, self, [id]);
        },
      });
    scope.setTimeout = counted(start, false);
    scope.setInterval = counted(repeat, true);
    scope.clearTimeout = forgetting(stop);
    scope.clearInterval = forgetting(scope.clearInterval);

    // Whether a timer of the page is due within the milliseconds. When one with a text
    // has fired is seen by the time alone.
    hidden('__webchatspecWaits', (limit) =>
      [...waiting.values()].some(
        ({ due, repeats, text }) => repeats || (due < realNow() + limit && (!text || due > realNow() - 100)),
      ),
    );

    fallDue = (span) => {
      const due = [...waiting].filter(([, timer]) => timer.due <= realNow() + span).sort(([, a], [, b]) => a.due - b.due);
      for (const [id, timer] of due) {
        if (!timer.repeats) {
          stop(id);
          waiting.delete(id);
        }
        early.set(id, timer.fire());
      }
    };
  };
  // A worker that is held up has no timers before it begins.
  if (scope.setTimeout) countTimers();
  else hidden('__webchatspecBegun', countTimers);

  // What a page sees of a closed lid: it is hidden, and shown again.
  const told = (target, type) => target?.dispatchEvent(new Event(type, { bubbles: type === 'visibilitychange' }));
  if (page) {
    for (const [name, whenAsleep] of [['hidden', true], ['visibilityState', 'hidden']]) {
      const { get, ...rest } = Object.getOwnPropertyDescriptor(Document.prototype, name);
      Object.defineProperty(Document.prototype, name, {
        ...rest,
        get() {
          return clock.asleep ? whenAsleep : Reflect.apply(get, this, []);
        },
      });
    }
  }

  // Lets the computer sleep for the milliseconds: all clocks are that far ahead
  // when it wakes, and each timer that fell due meanwhile fires once.
  hidden('__webchatspecSleep', (span) => {
    clock.asleep = true;
    told(page && scope, 'blur');
    told(page, 'visibilitychange');
    clock.skew = clock.slept = span;
    fallDue(span);
    clock.asleep = false;
    told(page, 'visibilitychange');
    told(page && scope, 'focus');
  });
})();
