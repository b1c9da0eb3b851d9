// What the stories set up without clicking: people, and what they did before the story begins.
import type { Server } from "./server.ts";
import { PASSWORD } from "./people.ts";

export type Person = {
  handle: string;
  token: string;
  id: string;
  call: <T = any>(method: string, path: string, body?: unknown) => Promise<T>;
  upload: (bytes: Uint8Array, description: string) => Promise<string>;
};

/** Makes somebody who may do everything that people may. */
export async function person(server: Server, handle: string, name = handle): Promise<Person> {
  server.command("account", "create", "--handle", handle, "--email", `${handle}@example.org`, "--password", PASSWORD, "--role", "member", "--confirmed");
  const one = await signedIn(server, handle);
  await one.call("PATCH", "/api/v1/accounts/update_credentials", { display_name: name, discoverable: true, indexable: true });
  return one;
}

/** Somebody who is there already. */
export async function signedIn(server: Server, handle: string, scopes = "read write follow push"): Promise<Person> {
  const token = server.command("token", "create", "--account", handle, "--scopes", scopes);
  const ask = async (method: string, path: string, body: BodyInit | undefined, type?: string) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, ...(type && { "Content-Type": type }) },
      body,
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const call = (method: string, path: string, body?: unknown) =>
    ask(method, path, body === undefined ? undefined : JSON.stringify(body), body === undefined ? undefined : "application/json");
  const upload = async (bytes: Uint8Array, description: string) => {
    const form = new FormData();
    form.set("file", new Blob([bytes], { type: "image/png" }), "picture.png");
    form.set("description", description);
    return (await ask("POST", "/api/v2/media", form)).id as string;
  };
  const { id } = await call("GET", "/api/v1/accounts/verify_credentials");
  return { handle, token, id, call, upload };
}
