using System.IO.Hashing;
using System.Text;

namespace AuthSidecar.Platform.Storage;

/// <summary>Numbers of locks that exclude concurrent changes.</summary>
internal static class StoreLocks
{
    /// <summary>Roles and status of all users.</summary>
    public const long People = 0x61736463_00000003;

    /// <summary>The number of valid keys of one user.</summary>
    public static long KeysOf(string userId) => BitConverter.ToInt64(XxHash3.Hash(Encoding.UTF8.GetBytes($"keys {userId}")));
}
