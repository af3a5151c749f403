using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

/// <summary>Names the pepper of a key's hash by its place in <c>Auth:Peppers</c>.</summary>
/// <param name="ids">Ids of the peppers, the current one first.</param>
internal sealed class PepperNames(IReadOnlyList<string> ids)
{
    /// <summary>The pepper is not configured any more: the key is refused.</summary>
    public const string Removed = "removed";

    public string Of(ApiKey key) => Of(key.Pepper, key.IsHashImported);

    /// <returns><c>0</c> for the first pepper, or the generated one; <c>imported</c>: hashed by another gateway; <c>unknown</c>: unused
    /// since peppers are recorded.</returns>
    public string Of(string? pepper, bool isImported)
    {
        if (isImported)
        {
            return "imported";
        }

        var index = pepper is null ? -1 : ids.ToList().IndexOf(pepper);
        return pepper is null ? "unknown"
            : index < 0 ? Removed
            : index.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
