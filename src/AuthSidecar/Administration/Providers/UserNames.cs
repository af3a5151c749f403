using System.Globalization;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Providers;

/// <summary>Names of accounts that a provider's claims create.</summary>
internal static class UserNames
{
    private const int Longest = 100;
    private const string Fallback = "user";

    /// <param name="claims">Claims of the person.</param>
    /// <param name="attempt">1, or more after names that are taken.</param>
    /// <returns>A name of the allowed alphabet.</returns>
    public static string Of(ProviderClaims claims, int attempt)
    {
        var name = Reduced(claims.PreferredName) ?? Reduced(claims.Email?.Split('@')[0]) ?? Fallback;
        return attempt == 1 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}-{attempt}");
    }

    private static string? Reduced(string? text)
    {
        var name = new string([
            .. (text ?? "").Where(letter => char.IsAsciiLetterOrDigit(letter) || "._@+-".Contains(letter)).Take(Longest),
        ]);
        return name.Length > 0 && Rules.UserName(name) is null ? name : null;
    }
}
