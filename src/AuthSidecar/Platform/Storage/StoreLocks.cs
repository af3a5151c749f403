using System.IO.Hashing;
using System.Text;

namespace AuthSidecar.Platform.Storage;

/// <summary>Numbers of locks that exclude concurrent changes.</summary>
internal static class StoreLocks
{
    /// <summary>Roles and status of all users.</summary>
    public const long People = 0x61736463_00000003;

    /// <summary>Keys of one user: their number, and each change, so that it sees the one before.</summary>
    public static long KeysOf(string userId) => Of($"keys {userId}");

    /// <summary>Changes of one app.</summary>
    public static long ChangesOfApp(string id) => Of($"app {id}");

    /// <summary>Changes of one group.</summary>
    public static long ChangesOfGroup(string id) => Of($"group {id}");

    /// <summary>Changes of one budget.</summary>
    public static long ChangesOfBudget(BudgetScope scope, string subjectId) => Of($"budget {(int)scope} {subjectId}");

    private static long Of(string name) => BitConverter.ToInt64(XxHash3.Hash(Encoding.UTF8.GetBytes(name)));
}
