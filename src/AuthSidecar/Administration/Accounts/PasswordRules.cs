using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Accounts;

/// <summary>
/// Rules for a password that a person chooses: length and guessability, no composition. Taken exactly as typed.
/// </summary>
internal static class PasswordRules
{
    public const int Shortest = 15;
    public const int Longest = 1_024;

    private const string Product = "authsidecar";

    // Of 0 to 4; 3 and more need over 10^8 guesses.
    private const int LowestScore = 3;

    // Up to 0.15 seconds and 30 MB; of 256 characters it takes 1 second and 540 MB. A longer password is no easier to guess.
    private const int MostEstimated = 64;

    /// <summary>What is known of a person and makes a password easier to guess.</summary>
    public static string?[] WordsOf(User user) => [user.Name, user.Email, user.DisplayName];

    /// <param name="password">The password.</param>
    /// <param name="words">What is known of its person: name, e-mail address.</param>
    /// <returns>What is wrong with the password, for its person; null: nothing.</returns>
    public static string? ErrorOf(string password, params string?[] words) =>
        LengthErrorOf(password)
        ?? (
            IsGuessable(password, words)
                ? "The password is easy to guess: it is common, repeats itself, or contains your name, your e-mail address or the "
                    + "product's name. Four or five unrelated words make a good one."
                : null
        );

    /// <summary>The part of <see cref="ErrorOf"/> that costs nothing.</summary>
    public static string? LengthErrorOf(string password)
    {
        if (password.Length > Longest)
        {
            return $"The password is longer than {Longest} characters.";
        }

        var length = password.EnumerateRunes().Count();
        return length < Shortest
            ? string.Create(CultureInfo.InvariantCulture, $"The password has {length} of at least {Shortest} characters.")
            : null;
    }

    public static Refusal Weak(string error) => new(RefusalKind.Invalid, "weak_password", error);

    private static bool IsGuessable(string password, string?[] words)
    {
        var context = words.Where(word => !string.IsNullOrEmpty(word)).SelectMany(word => Parts(word!)).Append(Product).Distinct();

        // Not kept: its dictionaries take memory that few changes of passwords are worth.
        return new Zxcvbn.Zxcvbn().EvaluatePassword(password[..Math.Min(password.Length, MostEstimated)], context).Score < LowestScore;
    }

    private static IEnumerable<string> Parts(string word) =>
        word.Split('@', '.', ' ', '-', '_', '+').Append(word).Where(part => part.Length > 2);
}
