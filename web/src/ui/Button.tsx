import type { ComponentProps } from "react";

type ButtonProps = ComponentProps<"button"> & {
  look?: "primary" | "ghost" | "danger";
  small?: boolean;
};

export function Button({
  look = "primary",
  small = false,
  className = "",
  type = "button",
  ...rest
}: ButtonProps) {
  return <button type={type} className={`button ${look} ${small ? "small" : ""} ${className}`} {...rest} />;
}
