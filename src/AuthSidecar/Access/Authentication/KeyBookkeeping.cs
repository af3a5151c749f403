using System.Threading.Channels;
using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Access.Authentication;

/// <summary>
/// Writes last uses, expiries and rehashed keys to the store in the background. A lost note is recorded again at a later
/// authentication.
/// </summary>
internal sealed partial class KeyBookkeeping(Store store, AuditLog audit, TimeProvider time, ILogger<KeyBookkeeping> logger)
    : BackgroundService
{
    private const int Batch = 256;
    private const int Capacity = 16_384;

    private readonly Channel<Note> _notes = Channel.CreateBounded<Note>(
        new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Precision of the last use.</summary>
    public static TimeSpan UseInterval { get; } = TimeSpan.FromSeconds(60);

    /// <param name="keyId">The key.</param>
    /// <param name="address">The client; null: unknown.</param>
    public void NoteUse(string keyId, string? address) =>
        _notes.Writer.TryWrite(new(keyId, NoteKind.Use, Instant.Now(time)) { Address = address });

    public void NoteUse(KeyRecord key, string? address)
    {
        if (key.LastUsedAt is not { } last || time.GetUtcNow() - last >= UseInterval)
        {
            NoteUse(key.Id, address);
        }
    }

    /// <summary>Makes an expiry permanent, whatever later happens to the clock or to <c>ExpiresAt</c>.</summary>
    public void NoteExpiry(KeyRecord key) => _notes.Writer.TryWrite(new(key.Id, NoteKind.Expiry, Instant.Now(time)));

    /// <summary>Replaces an older hash, and records the pepper.</summary>
    public void NoteHash(KeyRecord key, TokenHash current, string pepper) =>
        _notes.Writer.TryWrite(
            new(key.Id, NoteKind.Hash, Instant.Now(time))
            {
                OldHash = key.Hash,
                NewHash = current.ToArray(),
                Pepper = pepper,
            }
        );

    /// <summary>Writes the pending notes.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Note>(Batch);
        while (_notes.Reader.TryRead(out var note))
        {
            batch.Add(note);
            if (batch.Count == Batch)
            {
                await WriteAsync(batch, cancellationToken);
                batch.Clear();
            }
        }

        if (batch.Count > 0)
        {
            await WriteAsync(batch, cancellationToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryFlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _notes.Reader.WaitToReadAsync(stoppingToken))
        {
            await TryFlushAsync(stoppingToken);
        }
    }

    private async Task TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogLost(exception);
        }
    }

    private async Task WriteAsync(List<Note> batch, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var expired = new List<string>();

        // In key order, so that two replicas cannot deadlock on each other's rows.
        foreach (var note in batch.OrderBy(note => note.KeyId, StringComparer.Ordinal))
        {
            if (await ApplyAsync(context, note, cancellationToken) && note.Kind == NoteKind.Expiry)
            {
                expired.Add(note.KeyId);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        expired.ForEach(audit.TokenExpired);
    }

    // Each statement is idempotent across replicas, so an expiry is audited once.
    private static async Task<bool> ApplyAsync(SidecarDbContext context, Note note, CancellationToken cancellationToken)
    {
        var key = context.ApiKeys.Where(key => key.Id == note.KeyId);
        var latest = note.At - UseInterval;
        var changed = note.Kind switch
        {
            NoteKind.Use => await key.Where(key => key.LastUsedAt == null || key.LastUsedAt <= latest)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(key => key.LastUsedAt, note.At)
                            .SetProperty(key => key.LastUsedAddress, key => note.Address ?? key.LastUsedAddress),
                    cancellationToken
                ),
            NoteKind.Expiry => await key.Where(key => key.ExpiredAt == null && key.RevokedAt == null && key.ExpiresAt < note.At)
                .ExecuteUpdateAsync(set => set.SetProperty(key => key.ExpiredAt, note.At), cancellationToken),
            _ => await key.Where(key => key.Hash == note.OldHash)
                .ExecuteUpdateAsync(
                    set =>
                        set.SetProperty(key => key.Hash, note.NewHash)
                            .SetProperty(key => key.Pepper, note.Pepper)
                            .SetProperty(key => key.IsHashImported, false),
                    cancellationToken
                ),
        };
        return changed == 1;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Key notes (last use, expiry, hash) not written; they are recorded again at the next use."
    )]
    private partial void LogLost(Exception exception);

    private enum NoteKind
    {
        Use,
        Expiry,
        Hash,
    }

    private sealed record Note(string KeyId, NoteKind Kind, DateTimeOffset At)
    {
        public byte[]? OldHash { get; init; }
        public byte[]? NewHash { get; init; }
        public string? Pepper { get; init; }
        public string? Address { get; init; }
    }
}
