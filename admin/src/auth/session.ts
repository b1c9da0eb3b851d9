// The panel's session is the web client's: one refresh cookie, one rotation across tabs. Whoever is signed in there is
// signed in here.
import { createContext, useContext, useSyncExternalStore } from "react";
import type { AuthProvider } from "react-admin";
import { ApiError } from "@/api/errors";
import { onSession, sessionState, signOut } from "@/api/session";
import { forgetProof } from "~/api/stepUp";
import type { Permission, Powers } from "./permissions";

export const useSession = () => useSyncExternalStore(onSession, sessionState);

const nothing: Powers = new Set();
export const PowersContext = createContext<Powers>(nothing);
export const usePowers = () => useContext(PowersContext);
export const useMay = (permission: Permission) => usePowers().has(permission);

/** Signing in is done before react-admin begins, and signing out takes it away: see App. */
export const authProvider: AuthProvider = {
  login: async () => {},
  logout: async () => {
    forgetProof();
    if (sessionState().status === "signed-in") await signOut().catch(() => undefined);
    return false;
  },
  checkAuth: async () => {},
  checkError: async (error) => {
    if (error instanceof ApiError && error.status === 401 && error.code !== "step_up_required") throw error;
  },
  getIdentity: async () => {
    const state = sessionState();
    if (state.status !== "signed-in") return { id: "" };
    const { id, display_name, username, avatar } = state.account;
    return { id, fullName: display_name || username, avatar };
  },
};
