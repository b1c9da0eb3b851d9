// Short news at the foot of the screen, callable from anywhere: Base UI's manager outside React.
import { Toast } from "@base-ui/react/toast";
import { explain } from "./explain";

export const toasts = Toast.createToastManager();

type Action = { label: string; run: () => void };

export function say(text: string, action?: Action, timeout = 5000, onClose?: () => void): string {
  return toasts.add({
    description: text,
    timeout,
    onClose,
    actionProps: action && { children: action.label, onClick: action.run },
  });
}

export const sayError = (error: unknown) => say(explain(error), undefined, 7000);
