// Many small questions of one moment become one request.

export function batchOf<T extends { id: string }>(
  ask: (ids: readonly string[]) => Promise<T[]>,
): (id: string) => Promise<T> {
  let waiting: Map<
    string,
    { answer: (one: T) => void; fail: (error: unknown) => void; promise: Promise<T> }
  > = new Map();

  const run = async () => {
    const batch = waiting;
    waiting = new Map();
    try {
      const answers = new Map((await ask([...batch.keys()])).map((one) => [one.id, one]));
      for (const [id, { answer, fail }] of batch) {
        const one = answers.get(id);
        if (one) answer(one);
        else fail(new Error(`no answer for ${id}`));
      }
    } catch (error) {
      for (const { fail } of batch.values()) fail(error);
    }
  };

  return (id) => {
    const known = waiting.get(id);
    if (known) return known.promise;
    const { promise, resolve, reject } = withResolvers<T>();
    if (waiting.size === 0) setTimeout(() => void run(), 10);
    waiting.set(id, { answer: resolve, fail: reject, promise });
    return promise;
  };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
