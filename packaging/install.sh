#!/bin/sh
# Installs Thaw Studio for the current user on Linux or macOS, in a folder of its own; run again, it updates.
#
#     sh install.sh [--from WHEEL|FOLDER|NAME] [--torch auto|cpu|cu130|…] [--no-launcher]
#     sh install.sh --repair       makes the environment again; photos, runs and settings stay
#     sh install.sh --uninstall    removes the program; photos, runs and settings stay
#
# Without --from it installs the checkout or the wheel that it lies beside. Everything is in
# ${THAW_HOME:-~/.local/share/thaw-studio-program}, the command in ~/.local/bin, the launcher in ~/.local/share.
set -eu

NAME=studio.thaw.ThawStudio
MINIMUM="(3, 11)"
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
home=${THAW_HOME:-$data/thaw-studio-program}
bin=$HOME/.local/bin
env=$home/environment
action=install
from=
backend=auto
launcher=yes

say() { printf '%s\n' "$*"; }
fail() {
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf '  %s\n' "$2" >&2
    exit 2
}

while [ $# -gt 0 ]; do
    case $1 in
        --repair) action=repair ;;
        --uninstall) action=uninstall ;;
        --no-launcher) launcher=no ;;
        --from) [ $# -gt 1 ] || fail "--from needs a wheel, a folder or a package name."; from=$2; shift ;;
        --torch) [ $# -gt 1 ] || fail "--torch needs auto, cpu, or a CUDA version such as cu130."; backend=$2; shift ;;
        -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
        *) fail "Unknown option: $1" "sh install.sh --help lists the options." ;;
    esac
    shift
done

# Only a folder that this script made is ever deleted.
own() { [ -f "$home/made-by-install.sh" ]; }

files="applications/$NAME.desktop metainfo/$NAME.metainfo.xml mime/packages/$NAME.xml"

has() { command -v "$1" >/dev/null 2>&1; }

# Tells the desktop that its files changed; without these programs, it notices the change by itself.
refresh() {
    if has update-desktop-database; then update-desktop-database -q "$data/applications" 2>/dev/null || :; fi
    if has update-mime-database && [ -d "$data/mime/packages" ]; then update-mime-database "$data/mime" 2>/dev/null || :; fi
    if has gtk-update-icon-cache; then gtk-update-icon-cache -q -t "$data/icons/hicolor" 2>/dev/null || :; fi
}

remove_launcher() {
    for file in $files; do rm -f "$data/$file"; done
    [ ! -d "$data/icons/hicolor" ] || find "$data/icons/hicolor" -name "$NAME.*" -type f -exec rm -f {} +
    [ "$(readlink "$bin/thaw" 2>/dev/null || :)" != "$env/bin/thaw" ] || rm -f "$bin/thaw"
}

if [ "$action" = uninstall ]; then
    remove_launcher
    refresh
    if own; then
        rm -rf "$home"
        say "Thaw Studio is removed. Runs, settings and the cache of features stay:"
        say "  $data/thaw-studio, ${XDG_CONFIG_HOME:-$HOME/.config}/thaw-studio, ${XDG_CACHE_HOME:-$HOME/.cache}/thaw-studio"
    elif [ -e "$home" ]; then
        fail "$home was not made by this script and stays." "Look at what is in it, and delete it yourself."
    else
        say "Thaw Studio is not installed in $home; nothing was removed."
    fi
    exit 0
fi

# What is installed: a wheel beside this script, the checkout that it is part of, or what --from names.
if [ -z "$from" ]; then
    for wheel in "$here"/thaw_studio-*.whl; do [ ! -f "$wheel" ] || from=$wheel; done
    if [ -z "$from" ] && [ -f "$here/../pyproject.toml" ]; then from=$(CDPATH='' cd -- "$here/.." && pwd); fi
    if [ -z "$from" ] && [ -f "$home/installed-from" ]; then from=$(cat "$home/installed-from"); fi
    [ -n "$from" ] || fail "There is no wheel and no checkout beside this script." "Name it: sh install.sh --from thaw_studio-….whl"
fi
case $from in
    */* | *.whl)
        [ -e "$from" ] || fail "$from does not exist."
        from=$(CDPATH='' cd -- "$(dirname -- "$from")" && pwd)/$(basename -- "$from")
        ;;
esac

if [ -e "$home" ] && ! own; then
    [ -z "$(ls -A "$home")" ] || fail "$home exists and was not made by this script." "Set THAW_HOME to another folder."
fi
mkdir -p "$home"
: >"$home/made-by-install.sh"

# uv: the one on the PATH, or one of its own, in an environment that a Python on this computer makes.
if has uv; then
    uv=$(command -v uv)
elif [ -x "$home/uv/bin/uv" ]; then
    uv=$home/uv/bin/uv
else
    python=
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        has "$candidate" && "$candidate" -c 'import ensurepip, venv' 2>/dev/null && python=$candidate && break
    done
    [ -n "$python" ] || fail "Neither uv nor a Python that can make environments was found." \
        "Install uv (your system's packages, or docs.astral.sh/uv), or on Debian and Ubuntu: sudo apt install python3-venv"
    say "Installing uv into $home/uv"
    rm -rf "$home/uv"
    "$python" -m venv "$home/uv"
    "$home/uv/bin/python" -m pip install --quiet --disable-pip-version-check uv || fail "uv could not be installed." "Check the network, and run this script again."
    uv=$home/uv/bin/uv
fi

# A Python that is new enough: the environment's own, one on this computer, or one that uv gets.
say "Environment: $env"
# Until the new environment is complete, the old one comes back whatever happens.
restore() { if [ -d "$env.old" ]; then rm -rf "$env"; mv "$env.old" "$env"; fi; }
restore
trap restore EXIT
trap 'exit 130' INT TERM HUP
if [ "$action" = repair ] && [ -d "$env" ]; then mv "$env" "$env.old"; fi
if ! "$env/bin/python" -c "import sys; sys.exit(sys.version_info < $MINIMUM)" 2>/dev/null; then
    rm -rf "$env"
    "$uv" venv --quiet --python '>=3.11' "$env" || fail "Python 3.11 or newer is neither installed nor could it be downloaded." "Install one (python3.11 or newer), and run this script again."
fi

# The right torch. uv chooses by the driver where torch's own index is reached; elsewhere the default one is taken.
gpu=none
if [ "$backend" = auto ] && [ "$(uname -s)" = Linux ] && has nvidia-smi; then
    gpu=$(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -n 1) || gpu=
    [ -n "$gpu" ] || gpu="one whose driver does not answer"
fi
case $(uname -s) in
    Darwin) say "Torch: the one for macOS (Apple GPUs included)"; backend= ;;
    *) say "Torch: $backend (NVIDIA GPU: $gpu)" ;;
esac
install() { "$uv" pip install --quiet --python "$env/bin/python" --reinstall-package thaw-studio "$@" "$from"; }
if [ -z "$backend" ]; then
    install || fail "The packages could not be installed." "Read the lines above, and run this script again with --repair."
elif ! install --torch-backend "$backend" 2>"$home/torch.log"; then
    [ "$backend" = auto ] || { cat "$home/torch.log" >&2; fail "torch for $backend could not be installed." "Try --torch auto."; }
    say "The torch for this computer could not be installed (see $home/torch.log); installing the default one, which may be larger than needed."
    install || fail "The packages could not be installed." "Read the lines above, and run this script again with --repair."
fi
printf '%s\n' "$from" >"$home/installed-from"
rm -rf "$env.old"
trap - EXIT

mkdir -p "$bin"
if [ -e "$bin/thaw" ] && [ "$(readlink "$bin/thaw" || :)" != "$env/bin/thaw" ]; then
    say "warning: $bin/thaw is another program and stays; start this one as $env/bin/thaw"
else
    ln -sf "$env/bin/thaw" "$bin/thaw" # also where one leads nowhere
fi

# The launcher: the entry in the wheel, with the whole path of the program, since menus do not know ~/.local/bin.
if [ "$launcher" = yes ] && [ "$(uname -s)" = Linux ]; then
    for file in $files; do
        mkdir -p "$data/$(dirname -- "$file")"
        cp "$env/share/$file" "$data/$file"
    done
    (cd "$env/share/icons" && find hicolor -name "$NAME.*" -type f) | while read -r icon; do
        mkdir -p "$data/icons/$(dirname -- "$icon")"
        cp "$env/share/icons/$icon" "$data/icons/$icon"
    done
    program=$(printf '%s' "$env/bin/thaw" | sed 's/[\\"`$]/\\&/g; s/[\\&|]/\\&/g')
    entry=$data/applications/$NAME.desktop
    sed "s|^Exec=thaw|Exec=\"$program\"|; /^TryExec=/d" "$entry" >"$entry.new"
    mv "$entry.new" "$entry"
    refresh
fi

# It is installed only if its kernels compute: libraries, devices, weights.
say "Checking the installation"
status=0
"$env/bin/thaw" doctor >"$home/doctor.log" 2>&1 || status=$?
grep '^problem' "$home/doctor.log" || :
# A missing display is no fault of the installation.
if grep '^problem' "$home/doctor.log" | grep -vq '^problem *window ' || { [ "$status" -ne 0 ] && ! grep -q '^problem' "$home/doctor.log"; }; then
    cat "$home/doctor.log" >&2
    fail "The check found problems." "Run this script again with --repair; if that does not help, report $home/doctor.log."
fi
say "Done. Start it from the menu of programs, or with: thaw"
case :$PATH: in *":$bin:"*) ;; *) say "($bin is not on your PATH: start it as $bin/thaw, or add that folder.)" ;; esac
