import { Toast } from "@base-ui/react/toast";
import { toasts } from "./toast";

export function Toasts() {
  return (
    <Toast.Provider toastManager={toasts} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function List() {
  const { toasts: list, close } = Toast.useToastManager();
  return list.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast" swipeDirection={["down", "right"]}>
      <Toast.Description render={<p />} />
      {toast.actionProps && <Toast.Action onClickCapture={() => close(toast.id)} />}
    </Toast.Root>
  ));
}
