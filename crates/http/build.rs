//! Finds the built web client. Where it was not built (no npm), a page that says so takes its place, so that the
//! server builds and its API works without it.

use std::{env, fs, path::PathBuf};

const FALLBACK: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>SocioSphere</title>\
    <p>The web client was not built. Run <code>make web</code> and build again; the API is here already.</p></html>\n";

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let built = here.join("../../web/dist");
    println!("cargo::rerun-if-changed={}", built.display());
    println!(
        "cargo::rerun-if-changed={}",
        here.join("../../web").join("dist/index.html").display()
    );
    let folder = if built.join("index.html").is_file() {
        built
    } else {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("web");
        fs::create_dir_all(&out).expect("the build's own folder can be written");
        fs::write(out.join("index.html"), FALLBACK).expect("the build's own folder can be written");
        out
    };
    println!("cargo::rustc-env=SOCIOSPHERE_WEB_DIST={}", folder.display());
}
