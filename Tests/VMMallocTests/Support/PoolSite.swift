import Foundation

/// The place of a test's pool: an existing directory, or a file system made for one command and gone with it.
enum PoolSite: CustomStringConvertible, Sendable {
    case tmpfs
    case disk
    /// A fresh file system of this type and size, mounted in the command's own namespace.
    case fresh(String, mebibytes: Int)

    /// All places available to this user here, each large enough for any test.
    static let all: [PoolSite] = [.tmpfs, .disk] + (canMount ? reflinking : [])

    /// The places whose files can share blocks.
    static let reflinking: [PoolSite] = [.fresh("xfs", mebibytes: 1024), .fresh("btrfs", mebibytes: 1024)]

    /// Whether fresh file systems can be made: root, and the tools.
    static let canMount: Bool =
        geteuid() == 0 && ["mkfs.xfs", "mkfs.btrfs", "mkfs.ext4"].allSatisfy(isInstalled)

    /// The note of a skipped test.
    static let mountAdvice = "needs root, and the packages xfsprogs, btrfs-progs and e2fsprogs"

    static func isInstalled(_ program: String) -> Bool {
        (try? Command(["sh", "-c", "command -v \(program)"]).run().status) == 0
    }

    var description: String {
        switch self {
        case .tmpfs: "tmpfs"
        case .disk: "disk"
        case .fresh(let type, let mebibytes): "\(type) of \(mebibytes) MiB"
        }
    }

    /// The command line that runs `arguments` with VMMALLOC_POOL_DIR set to this place.
    func commandLine(_ arguments: [String]) -> [String] {
        switch self {
        case .tmpfs: ["env", "VMMALLOC_POOL_DIR=\(Scratch.tmpfs)"] + arguments
        case .disk: ["env", "VMMALLOC_POOL_DIR=\(Scratch.disk)"] + arguments
        case .fresh(let type, let mebibytes):
            // The image is unlinked at once, and the mount's namespace ends with the command: nothing stays behind.
            ["unshare", "-m", "sh", "-ec", Self.freshScript, "sh", type, "\(mebibytes)", Scratch.disk]
                + arguments
        }
    }

    private static let freshScript = """
        type=$1; size=$2; scratch=$3; shift 3
        point=$(mktemp -d "$scratch/mount-XXXXXX")
        case $type in
        tmpfs) mount -t tmpfs -o size=${size}M tmpfs "$point" ;;
        read-only) mount -t tmpfs -o ro tmpfs "$point" ;;
        noexec) mount -t tmpfs -o size=${size}M,noexec,nosuid,nodev tmpfs "$point" ;;
        ramfs | hugetlbfs) mount -t $type $type "$point" ;;
        overlay)
            mount -t tmpfs -o size=${size}M tmpfs "$point"
            cd "$point" && mkdir lower upper work point
            mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay point
            point=$point/point
            cd / ;;
        bindfs)
            # In the command's process group, which ends with it.
            mount -t tmpfs -o size=${size}M tmpfs "$point"
            mkdir "$point/behind" "$point/point"
            chmod 1777 "$point/behind"
            bindfs -f "$point/behind" "$point/point" < /dev/null > /dev/null 2>&1 &
            until mountpoint -q "$point/point"; do kill -0 $!; done
            point=$point/point ;;
        *)
            image=$(mktemp "$scratch/image-XXXXXX")
            truncate -s ${size}M "$image"
            case $type in
                xfs) mkfs.xfs -q -f -m reflink=1 "$image" ;;
                btrfs) mkfs.btrfs -q -f -m single -d single "$image" >/dev/null ;;
                ext2 | ext4) mkfs.$type -q -F -m 0 "$image" ;;
            esac
            mount -o loop "$image" "$point"
            rm "$image" ;;
        esac
        [ $type = read-only ] || chmod 1777 "$point"
        VMMALLOC_POOL_DIR=$point exec "$@"
        """
}
