import { type ReactNode, useContext } from "react";
import { AddUndoableMutationContext } from "react-admin";
import { settle, show, taken } from "~/api/hidden";
import { keepUntilSent } from "~/api/leaving";

type Add = Parameters<typeof AddUndoableMutationContext.Provider>[0]["value"];

/** Tells the lists whether an act was undone (react-admin tells only the act), and keeps it from being lost with the page. */
export function UndoMarks({ children }: { children: ReactNode }) {
  const add = useContext(AddUndoableMutationContext);
  const marked: Add = (mutation) => {
    const mark = taken();
    add(
      keepUntilSent((params) => {
        if (mark) {
          if (params.isUndo) show(mark);
          else settle(mark);
        }
        return mutation(params);
      }),
    );
  };
  return <AddUndoableMutationContext value={marked}>{children}</AddUndoableMutationContext>;
}
