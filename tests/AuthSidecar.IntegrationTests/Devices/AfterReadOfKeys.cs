using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.IntegrationTests.Devices;

/// <summary>Runs a change of another replica once, between the read of a key in a transaction and the save that follows.</summary>
/// <param name="changeAsync">The change.</param>
internal sealed class AfterReadOfKeys(Func<Task> changeAsync) : DbCommandInterceptor
{
    public bool HasRun { get; private set; }

    public override async ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        DbDataReader result,
        CancellationToken cancellationToken = default
    )
    {
        if (command.Transaction is not null && !HasRun && IsRead(command.CommandText))
        {
            HasRun = true;
            await changeAsync();
        }

        return result;
    }

    private static bool IsRead(string text) =>
        text.StartsWith("SELECT", StringComparison.Ordinal) && text.Contains("FROM \"ApiKeys\"", StringComparison.Ordinal);
}
