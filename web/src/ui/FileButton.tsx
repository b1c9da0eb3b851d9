import { type ReactNode, useRef } from "react";

type FileButtonProps = {
  /** What may be chosen, as of `accept`. */
  kinds: string;
  several?: boolean;
  onFiles: (files: readonly File[]) => void;
  /** The button that asks for the files; it calls what it is given. */
  children: (choose: () => void) => ReactNode;
};

/** A button of any look that lets a person choose files; the same file may be chosen again. */
export function FileButton({ kinds, several = false, onFiles, children }: FileButtonProps) {
  const chooser = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={chooser}
        type="file"
        hidden
        multiple={several}
        accept={kinds}
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = "";
          if (files.length > 0) onFiles(files);
        }}
      />
      {children(() => chooser.current?.click())}
    </>
  );
}
