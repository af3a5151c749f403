using System.Globalization;
using System.Net.Mail;
using System.Text;
using System.Text.RegularExpressions;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Administration.Shared;

/// <summary>Rules for names, scopes and ids. Each returns the error, or null.</summary>
internal static partial class Rules
{
    private const int LongestName = 128;
    private const int LongestEmail = 254;
    private const int MostValues = 64;

    public static string? Name(string what, string text) =>
        text.Length is 0 or > LongestName ? $"{what} must have 1 to {LongestName} characters."
        : text.Trim() != text || !IsPrintable(text) ? $"{what} must be printable, without blanks around it."
        : null;

    /// <summary>Name of a new user: ASCII, so that no two names look alike.</summary>
    public static string? UserName(string text) =>
        Guid.TryParse(text, out _) || UserForm().IsMatch(text)
            ? ImportedUserName(text)
            : $"A user's name must have 1 to {LongestName} letters (A to Z, a to z), digits or . _ @ + -; a display name may have any.";

    /// <summary>Name of a user of another gateway, which may have other letters.</summary>
    public static string? ImportedUserName(string text) =>
        Guid.TryParse(text, out _)
            ? "A user's name cannot be a UUID: it could be taken for another user's id."
            : Name("A user's name", text);

    public static string? Email(string text) =>
        !IsPrintable(text) ? "An e-mail address must be printable."
        : text.Length <= LongestEmail && MailAddress.TryCreate(text, out var address) && address.Address == text ? null
        : $"\"{text}\" is not an e-mail address.";

    public static string? Scopes(IReadOnlyCollection<string> scopes) => Each(scopes, ScopeForm(), "scope", "letters, digits and : . _ / -");

    /// <param name="entries">As in <see cref="ModelLimitText"/>.</param>
    public static string? Models(IReadOnlyCollection<string> entries)
    {
        if (Each(entries, ModelForm(), "model", "ASCII letters, digits and signs without blanks") is { } error)
        {
            return error;
        }

        var globs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries.Distinct(StringComparer.Ordinal))
        {
            if (!ModelLimitText.TryRead(entry, out var limit))
            {
                return $"\"{entry}\" has no limit as permits=N/60s, tokens=N/60s or parallel=N after its last colon; commas separate "
                    + "several, and a window is 1s to 30d.";
            }

            if (!globs.Add(limit.Glob))
            {
                return $"The models {limit.Glob} are given twice with different limits.";
            }
        }

        return null;
    }

    public static string? Tenant(string text) => Id("tenant", text);

    /// <param name="what">Kind of the entity, e.g. <c>app</c>.</param>
    /// <param name="text">An id chosen by people; paths and headers carry it unencoded.</param>
    public static string? Id(string what, string text) =>
        IdForm().IsMatch(text) ? null : $"\"{text}\" is not {(what[0] is 'a' ? "an" : "a")} {what}: 1 to 64 letters, digits, _ or -.";

    /// <summary>False for control and format characters and for text that is not Unicode.</summary>
    public static bool IsPrintable(string text) => text.EnumerateRunes().All(rune => IsPrintable(rune) && rune != Rune.ReplacementChar);

    /// <summary>False for control and format characters, and for code points without a character.</summary>
    public static bool IsPrintable(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );

    private static string? Each(IReadOnlyCollection<string> values, Regex form, string what, string allowed) =>
        values.Count > MostValues ? $"At most {MostValues} {what}s are possible."
        : values.Any(value => value is null) ? $"A {what} cannot be null."
        : values.FirstOrDefault(value => !form.IsMatch(value)) is { } wrong ? $"\"{wrong}\" is not a {what}: 1 to 128 of {allowed}."
        : null;

    [GeneratedRegex(@"\A[A-Za-z0-9:._/-]{1,128}\z")]
    private static partial Regex ScopeForm();

    [GeneratedRegex(@"\A[A-Za-z0-9._@+-]{1,128}\z")]
    private static partial Regex UserForm();

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex ModelForm();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex IdForm();
}
