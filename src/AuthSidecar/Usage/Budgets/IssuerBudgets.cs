using AuthSidecar.Access.Jwt;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Default monthly limits of an issuer's callers.</summary>
internal static class IssuerBudgets
{
    private const decimal Micros = 1_000_000;

    /// <param name="issuers">Section <c>Jwt</c>.</param>
    /// <param name="person">As <see cref="Identity.Person"/>.</param>
    /// <returns>Millionths of the currency; null: no default.</returns>
    public static long? Of(IReadOnlyList<JwtOptions> issuers, string? person)
    {
        if (person is null)
        {
            return null;
        }

        foreach (var entry in issuers)
        {
            if (MicrosOf(entry) is { } limit && ExternalPerson.IsOf(person, entry.Issuer))
            {
                return limit;
            }
        }

        return null;
    }

    /// <returns>Millionths of the currency; null: no default.</returns>
    public static long? MicrosOf(JwtOptions issuer) => issuer.BudgetUsd is { } dollars ? (long)(dollars * Micros) : null;
}
