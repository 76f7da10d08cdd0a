#!/bin/sh
# Builds the libraries of others for one target: those that become parts of our objects as archives, the others as shared libraries that find each other by $ORIGIN.
# usage: build-libraries.sh SOURCES WORK PREFIX HOST, with CC, CXX, AR and RANLIB. Run beside pack.ts, which knows what these are.
set -eu
sources=$1 work=$2 prefix=$3 host=$4

# They are told that they are installed in /usr, so that they name no folder of this machine.
flags="-O2 -fPIC"
export SOURCE_DATE_EPOCH=0 LC_ALL=C TZ=UTC CC_FOR_BUILD=cc

step() { # name; its sources, in a folder that can be written to
  echo "  $1"
  rm -rf "${work:?}/$1"
  cp -R "$sources/$1"-* "$work/$1"
  cd "$work/$1"
  # Debian's changes are newer than what was made of the files that they change, which would be made again.
  find . -exec touch -h -d @0 {} +
}
quietly() { "$@" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; }

# shared FILE SONAME VERSIONS ARCHIVE [library ...]
shared() {
  file=$1 versions=$2 archive=$3
  shift 3
  quietly "$CC" -shared -s -o "$prefix/lib/$file" "-Wl,-soname,$file" '-Wl,-rpath,$ORIGIN' -Wl,-z,defs -Wl,-z,relro -Wl,-z,now -Wl,--undefined-version \
    $versions -Wl,--whole-archive "$archive" -Wl,--no-whole-archive "$@"
  ln -sf "$file" "$prefix/lib/${file%.so.*}.so"
}

rm -rf "$work" "$prefix"
mkdir -p "$work" "$prefix/lib" "$prefix/include"

step zlib
CFLAGS="$flags" CHOST="$host" quietly ./configure --static --prefix=/usr
quietly make libz.a
cp libz.a "$prefix/lib"
cp zlib.h zconf.h "$prefix/include"

step zstd
quietly make -C lib libzstd.a CFLAGS="$flags -fvisibility=hidden" ZSTD_LEGACY_SUPPORT=0 ZSTD_LIB_DICTBUILDER=0 ZSTD_LIB_DEPRECATED=0
cp lib/libzstd.a "$prefix/lib"
cp lib/zstd.h lib/zstd_errors.h "$prefix/include"

step lz4
quietly make -C lib liblz4.a CFLAGS="$flags"
cp lib/liblz4.a "$prefix/lib"
cp lib/lz4.h lib/lz4frame.h lib/lz4hc.h "$prefix/include"

# Neither D-Bus nor anything else that only captures on USB, Bluetooth and cards of special makers need.
step libpcap
CFLAGS="$flags" quietly ./configure --host="$host" --prefix=/usr --disable-shared --disable-dbus --disable-rdma --disable-usb --disable-bluetooth \
  --disable-netmap --without-dpdk --without-dag --without-septel --without-snf --without-turbocap --without-libnl
quietly make -j2 libpcap.a
cp libpcap.a "$prefix/lib"
cp -R pcap.h pcap "$prefix/include"

step libgpg-error
CFLAGS="$flags" quietly ./configure --host="$host" --prefix=/usr --disable-shared --enable-static --with-pic --disable-dependency-tracking --disable-nls --disable-languages --disable-doc --disable-tests
quietly make -j2 -C src
quietly make -C src install DESTDIR="$work/root"
cp "$work/root/usr/include/gpg-error.h" "$prefix/include"
shared libgpg-error.so.0 -Wl,--version-script=src/gpg-error.vers src/.libs/libgpg-error.a

# Its configuration asks a program of libgpg-error's; where it is stands in the flags.
version=$(sed -n 's/^#define PACKAGE_VERSION "\(.*\)"/\1/p' config.h)
printf '#!/bin/sh\ncase "$*" in *--version*) echo %s ;; *--libs*) echo -lgpg-error ;; esac\n' "$version" > "$work/gpg-error-config"
chmod +x "$work/gpg-error-config"
step libgcrypt
CFLAGS="$flags" CPPFLAGS="-I$prefix/include" LDFLAGS="-L$prefix/lib" GPG_ERROR_CONFIG="$work/gpg-error-config" ac_cv_path_GPGRT_CONFIG=no \
  quietly ./configure --host="$host" --prefix=/usr --disable-shared --enable-static --with-pic --disable-dependency-tracking --disable-doc
for folder in compat mpi cipher random; do quietly make -j2 -C $folder; done
quietly make -j2 -C src libgcrypt.la
cp src/gcrypt.h "$prefix/include"
shared libgcrypt.so.20 -Wl,--version-script=src/libgcrypt.vers src/.libs/libgcrypt.a -L"$prefix/lib" -lgpg-error

step nDPI
version=$(sed -n 's/^AC_INIT(\[libndpi\], \[\(.*\)\])/\1/p' configure.ac)
major=${version%%.*} minor=${version#*.}
minor=${minor%%.*} patch=${version##*.}
# nDPI makes it of the day on which it was committed or built. Debian's, so that its libndpi can take the place of ours.
api=8668
for file in ndpi_api ndpi_define; do
  sed "s/@NDPI_MAJOR@/$major/; s/@NDPI_MINOR@/$minor/; s/@NDPI_PATCH@/$patch/; s/@NDPI_API_VERSION@/$api/" "src/include/$file.h.in" > "src/include/$file.h"
done
printf '#define HAVE_LIBGCRYPT 1\n#define NDPI_GIT_RELEASE "%s"\n#define NDPI_GIT_DATE ""\n' "$version" > src/include/ndpi_config.h
# Of functions that another library may have as well clang otherwise makes parts of their callers: docs/ndpi.md tells of those of ours that are found in their place.
flags="$flags -fsemantic-interposition"
mkdir objects
ls src/lib/*.c src/lib/protocols/*.c src/lib/third_party/src/*.c > list
quietly xargs -P2 -I{} sh -c '"$CC" '"$flags"' -w -fPIC -DHAVE_CONFIG_H -DNDPI_LIB_COMPILATION -Isrc/include -Isrc/lib/third_party/include -I"$0/include" -c {} -o "objects/$(basename {} .c).o"' "$prefix" < list
[ "$(ls objects | wc -l)" -eq "$(wc -l < list)" ] || { echo "Two sources of nDPI have one name." >&2; exit 1; }
quietly "$AR" rcs libndpi.a objects/*.o
mkdir "$prefix/include/ndpi"
cp src/include/*.h "$prefix/include/ndpi"
shared "libndpi.so.$major" "" libndpi.a -L"$prefix/lib" -lgcrypt -lgpg-error -lm -lpthread
