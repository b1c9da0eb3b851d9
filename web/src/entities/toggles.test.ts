import { expect, test, vi } from "vitest";
import { toggle } from "./toggles";

function server() {
  const sent: boolean[] = [];
  const answers: { agree: () => void; refuse: (error: Error) => void }[] = [];
  const send = (on: boolean) =>
    new Promise<void>((agree, refuse) => {
      sent.push(on);
      answers.push({ agree, refuse });
    });
  return { sent, answers, send };
}

test("of many wishes while one request runs only the last is sent", async () => {
  const { sent, answers, send } = server();
  const shown: boolean[] = [];
  const wish = (on: boolean) =>
    toggle({ key: "like:1", now: false, wish: on, show: (it) => shown.push(it), send, failed: vi.fn() });
  const done = wish(true);
  wish(false);
  wish(true);
  wish(false);
  answers[0]?.agree();
  await vi.waitFor(() => expect(sent).toEqual([true, false]));
  answers[1]?.agree();
  await done;
  expect(sent).toEqual([true, false]);
  expect(shown).toEqual([true, false, true, false]);
});

test("a wish that returns to what was sent sends nothing more", async () => {
  const { sent, answers, send } = server();
  const wish = (on: boolean) =>
    toggle({ key: "like:2", now: false, wish: on, show: vi.fn(), send, failed: vi.fn() });
  const done = wish(true);
  wish(false);
  wish(true);
  answers[0]?.agree();
  await done;
  expect(sent).toEqual([true]);
});

test("a refusal shows the old state again and is told once", async () => {
  const { answers, send } = server();
  const show = vi.fn();
  const failed = vi.fn();
  const done = toggle({ key: "like:3", now: false, wish: true, show, send, failed });
  answers[0]?.refuse(new Error("no"));
  await done;
  expect(show.mock.calls).toEqual([[true], [false]]);
  expect(failed).toHaveBeenCalledTimes(1);
});
