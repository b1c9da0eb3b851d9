import { decode, isBlurhashValid } from "blurhash";

type BlurhashProps = { hash: string };

/** The colours of a picture that is on its way. */
export function Blurhash({ hash }: BlurhashProps) {
  if (!isBlurhashValid(hash).result) return null;
  const draw = (canvas: HTMLCanvasElement | null) => {
    const context = canvas?.getContext("2d");
    if (!context) return;
    const data = context.createImageData(32, 32);
    data.data.set(decode(hash, 32, 32));
    context.putImageData(data, 0, 0);
  };
  return <canvas width={32} height={32} ref={draw} aria-hidden="true" />;
}
