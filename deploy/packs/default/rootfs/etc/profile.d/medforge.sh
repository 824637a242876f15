# /etc/profile resets PATH in login shells; the CUDA tools must stay on it.
for medforge_bin in /usr/local/cuda/bin /usr/local/nvidia/bin; do
  case ":$PATH:" in
    *":$medforge_bin:"*) ;;
    *) if [ -d "$medforge_bin" ]; then PATH="$medforge_bin:$PATH"; fi ;;
  esac
done
unset medforge_bin
export PATH
