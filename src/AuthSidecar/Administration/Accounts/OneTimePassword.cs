using System.Security.Cryptography;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>Random password that its person must replace at the first login. Returned once, never stored.</summary>
/// <param name="User">The person.</param>
/// <param name="Password">The password.</param>
/// <param name="ExpiresAt">End of its validity.</param>
internal sealed record OneTimePassword(User User, string Password, DateTimeOffset ExpiresAt)
{
    public static TimeSpan Lifetime { get; } = TimeSpan.FromHours(24);

    /// <summary>Ninety-nine bits, in letters and digits that are not taken for each other.</summary>
    public static string NewText() =>
        string.Join('-', RandomNumberGenerator.GetString("23456789abcdefghjkmnpqrstuvwxyz", 20).Chunk(5).Select(part => new string(part)));

    public override string ToString() => $"one-time password of {User.Name}";
}
