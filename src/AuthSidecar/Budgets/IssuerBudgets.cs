using AuthSidecar.Configuration;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Budgets;

/// <summary>Default monthly limits of an issuer's callers.</summary>
internal static class IssuerBudgets
{
    private const decimal Micros = 1_000_000;

    /// <param name="settings">The current settings.</param>
    /// <param name="person">As <see cref="Identity.Person"/>.</param>
    /// <returns>Millionths of the currency; null: no default.</returns>
    public static long? Of(Settings settings, string? person)
    {
        if (person is null)
        {
            return null;
        }

        foreach (var entry in settings.Jwt)
        {
            if (entry.BudgetUsd is { } dollars && ExternalPerson.IsOf(person, entry.Issuer))
            {
                return (long)(dollars * Micros);
            }
        }

        return null;
    }
}
