// MUI in our tokens: warm paper, one ember, pills for actions, hairlines instead of shadows and boxes.
import { alpha, createTheme, type ThemeOptions } from "@mui/material/styles";
import { defaultTheme } from "react-admin";
import { type Mode, type Name, token } from "./palette";

const text = '"Figtree Variable", system-ui, "Noto Sans", "Noto Sans CJK JP", "Noto Sans Arabic", sans-serif';
const voice = '"Bricolage Grotesque Variable", ui-rounded, system-ui, sans-serif';

export function themeOf(mode: Mode): ThemeOptions {
  const c = (name: Name) => token(mode, name);
  const line = `1px solid ${c("line")}`;
  const heading = { fontFamily: voice, fontWeight: 650, letterSpacing: "-0.01em" };
  const palette = createTheme({
    palette: {
      mode,
      primary: { main: c("ember"), dark: c("ember-hover"), contrastText: c("on-ember") },
      secondary: { main: c("ink"), contrastText: c("paper") },
      error: { main: c("danger"), contrastText: c("surface") },
      warning: { main: c("keep"), contrastText: c("surface") },
      success: { main: c("share"), contrastText: c("surface") },
      info: { main: c("focus"), contrastText: c("surface") },
      background: { default: c("paper"), paper: c("surface") },
      text: { primary: c("ink"), secondary: c("ink-soft"), disabled: c("ink-faint") },
      divider: c("line"),
      action: { hover: c("sunken"), selected: c("ember-soft"), active: c("ink-soft") },
    },
  }).palette;
  return {
    ...defaultTheme,
    palette,
    sidebar: { width: 232, closedWidth: 64 },
    shape: { borderRadius: 12 },
    typography: {
      fontFamily: text,
      fontSize: 14,
      h1: heading,
      h2: heading,
      h3: heading,
      h4: heading,
      h5: heading,
      h6: heading,
      button: { textTransform: "none", fontWeight: 600, letterSpacing: 0 },
      overline: { textTransform: "none", letterSpacing: 0 },
    },
    components: {
      ...defaultTheme.components,
      MuiCssBaseline: {
        styleOverrides: {
          body: { backgroundColor: c("paper") },
          "*:focus-visible": { outline: `2px solid ${c("focus")}`, outlineOffset: 2 },
        },
      },
      MuiButtonBase: { defaultProps: { disableRipple: true } },
      MuiButton: {
        defaultProps: { disableElevation: true },
        styleOverrides: {
          root: { borderRadius: 999, minHeight: 36, paddingInline: 16, whiteSpace: "nowrap" },
          text: { color: c("ink"), "&:hover": { backgroundColor: c("sunken") } },
          outlined: {
            borderColor: c("line"),
            color: c("ink"),
            "&:hover": { backgroundColor: c("sunken"), borderColor: c("line") },
          },
          sizeSmall: { minHeight: 32, paddingInline: 12 },
        },
      },
      MuiIconButton: { styleOverrides: { root: { borderRadius: 999, color: c("ink-soft") } } },
      MuiPaper: { defaultProps: { elevation: 0 }, styleOverrides: { root: { backgroundImage: "none" } } },
      MuiCard: { styleOverrides: { root: { border: line, borderRadius: 20, boxShadow: "none" } } },
      MuiAppBar: {
        styleOverrides: {
          root: { backgroundColor: c("paper"), color: c("ink"), borderBottom: line, boxShadow: "none" },
        },
      },
      MuiDialog: {
        styleOverrides: {
          paper: {
            borderRadius: 20,
            border: line,
            boxShadow: `0 8px 28px ${alpha("#000000", mode === "light" ? 0.1 : 0.4)}`,
          },
        },
      },
      MuiMenu: {
        styleOverrides: {
          paper: {
            borderRadius: 16,
            border: line,
            boxShadow: `0 8px 28px ${alpha("#000000", mode === "light" ? 0.1 : 0.4)}`,
          },
        },
      },
      MuiDrawer: { styleOverrides: { paper: { backgroundColor: c("paper") } } },
      MuiTableCell: {
        styleOverrides: {
          root: { borderBottom: line, paddingBlock: 10, fontSize: ".9375rem" },
          head: {
            color: c("ink-faint"),
            fontWeight: 500,
            fontSize: ".8125rem",
            backgroundColor: "transparent",
          },
          sizeSmall: { paddingBlock: 10 },
        },
      },
      MuiTableRow: { styleOverrides: { root: { "&:last-child td": { borderBottom: 0 } } } },
      MuiChip: {
        styleOverrides: {
          root: { borderRadius: 999, fontWeight: 550 },
          outlined: { borderColor: c("line") },
        },
      },
      MuiFilledInput: { defaultProps: { disableUnderline: true } },
      MuiTextField: { defaultProps: { variant: "outlined", size: "small", margin: "dense" } },
      MuiFormControl: { defaultProps: { variant: "outlined", size: "small", margin: "dense" } },
      MuiOutlinedInput: {
        styleOverrides: {
          root: { borderRadius: 12, backgroundColor: c("surface"), "& fieldset": { borderColor: c("line") } },
        },
      },
      MuiInputLabel: { styleOverrides: { root: { color: c("ink-soft") } } },
      MuiTooltip: {
        styleOverrides: {
          tooltip: { backgroundColor: c("ink"), color: c("paper"), fontSize: ".8125rem", borderRadius: 8 },
        },
      },
      MuiTabs: { styleOverrides: { indicator: { height: 3, borderRadius: 3 } } },
      MuiTab: { styleOverrides: { root: { minHeight: 44, fontSize: ".9375rem" } } },
      MuiToggleButton: {
        styleOverrides: {
          root: {
            borderRadius: 999,
            borderColor: c("line"),
            color: c("ink-soft"),
            textTransform: "none",
            paddingBlock: 4,
            paddingInline: 14,
            "&.Mui-selected": {
              backgroundColor: c("ink"),
              color: c("paper"),
              "&:hover": { backgroundColor: c("ink") },
            },
          },
        },
      },
      MuiLink: {
        styleOverrides: { root: { color: c("ember"), textDecorationColor: alpha(c("ember"), 0.4) } },
      },
      MuiSnackbarContent: {
        styleOverrides: {
          root: { borderRadius: 999, backgroundColor: c("ink"), color: c("paper"), paddingInline: 20 },
          action: { "& .MuiButton-root": { color: c("paper") } },
        },
      },
      MuiBackdrop: {
        styleOverrides: {
          root: { backgroundColor: alpha("#000000", 0.4) },
          invisible: { backgroundColor: "transparent" },
        },
      },
    },
  };
}
