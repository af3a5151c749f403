using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Tests.Platform.Storage;

/// <summary>Counts lookups of keys, and can block one after its read.</summary>
internal sealed class KeyQueries : DbCommandInterceptor
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public Func<Task>? AfterRead { get; set; }

    public override async ValueTask<DbDataReader> ReaderExecutedAsync(
        DbCommand command,
        CommandExecutedEventData eventData,
        DbDataReader result,
        CancellationToken cancellationToken = default
    )
    {
        if (
            command.CommandText.StartsWith("SELECT", StringComparison.Ordinal)
            && command.CommandText.Contains("\"ApiKeys\"", StringComparison.Ordinal)
        )
        {
            Interlocked.Increment(ref _count);
            if (AfterRead is { } afterRead)
            {
                await afterRead();
            }
        }

        return result;
    }
}
