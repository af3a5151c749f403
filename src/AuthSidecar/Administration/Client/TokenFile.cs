using System.Text.Json;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Client;

/// <summary>A token of this person on this machine.</summary>
/// <param name="Token">The secret.</param>
/// <param name="ClientId">Client of the login, which revokes it.</param>
/// <param name="TokenId">Its id in lists; null: the server gave none.</param>
/// <param name="ExpiresAt">Null: unknown.</param>
internal sealed record StoredToken(string Token, string ClientId, string? TokenId, DateTimeOffset? ExpiresAt);

/// <summary>A token in the file.</summary>
/// <param name="Token">Null: the keyring has it.</param>
/// <param name="ClientId">As of <see cref="StoredToken"/>.</param>
/// <param name="TokenId">As of <see cref="StoredToken"/>.</param>
/// <param name="ExpiresAt">As of <see cref="StoredToken"/>.</param>
internal sealed record TokenEntry(string? Token, string ClientId, string? TokenId, DateTimeOffset? ExpiresAt)
{
    public static TokenEntry Of(StoredToken token, TokenPlace place) =>
        new(place == TokenPlace.File ? token.Token : null, token.ClientId, token.TokenId, token.ExpiresAt);

    public StoredToken With(string secret) => new(secret, ClientId, TokenId, ExpiresAt);
}

/// <summary>Tokens by server, in a file of mode 0600 that is replaced as a whole.</summary>
internal sealed class TokenFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerDirectory = OwnerOnly | UnixFileMode.UserExecute;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(50);

    private static readonly JsonSerializerOptions _json = new(JsonFormat.Options) { WriteIndented = true };
    private readonly TimeProvider _time;

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ServerException">There is no home directory.</exception>
    public TokenFile(Func<string, string?> variable, TimeProvider time)
    {
        _time = time;

        // A relative path is to be ignored (XDG Base Directory Specification).
        var root =
            variable("XDG_CONFIG_HOME") is { } configured && Path.IsPathFullyQualified(configured) ? configured
            : variable("HOME") is { } home && Path.IsPathFullyQualified(home) ? Path.Combine(home, ".config")
            : throw new ServerException("no_home", "Neither XDG_CONFIG_HOME nor HOME names a directory for the token; give --print.");
        FileName = Path.Combine(root, "authsidecar", "tokens.json");
    }

    public string FileName { get; }

    /// <summary>True if other users of the machine may read or change the file.</summary>
    public bool IsExposed => File.Exists(FileName) && (File.GetUnixFileMode(FileName) & Others) != 0;

    /// <returns>Null: none.</returns>
    /// <exception cref="ServerException">The file cannot be read.</exception>
    public TokenEntry? Find(Uri server) => Read().GetValueOrDefault(ServerAddress.NameOf(server));

    /// <returns>The token before; null: none.</returns>
    /// <exception cref="ServerException">The file cannot be written.</exception>
    public Task<TokenEntry?> SetAsync(Uri server, TokenEntry token, CancellationToken cancellationToken) =>
        ChangeAsync(server, token, cancellationToken);

    /// <inheritdoc cref="SetAsync"/>
    public Task<TokenEntry?> RemoveAsync(Uri server, CancellationToken cancellationToken) => ChangeAsync(server, null, cancellationToken);

    /// <summary>Checks that a token can be stored.</summary>
    /// <exception cref="ServerException">The file cannot be read or written.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) =>
        ExclusiveAsync(
            async () =>
            {
                _ = Read();
                await using var stream = OpenNext();
                File.Delete(Next);
                return true;
            },
            cancellationToken
        );

    private string Next => FileName + ".new";

    private Task<TokenEntry?> ChangeAsync(Uri server, TokenEntry? token, CancellationToken cancellationToken) =>
        ExclusiveAsync(
            async () =>
            {
                var all = Read();
                _ = all.Remove(ServerAddress.NameOf(server), out var former);
                if (token is not null)
                {
                    all[ServerAddress.NameOf(server)] = token;
                }

                await using (var stream = OpenNext())
                {
                    await JsonSerializer.SerializeAsync(stream, new Content(all), _json, cancellationToken);
                    stream.Flush(flushToDisk: true);
                }

                File.Move(Next, FileName, overwrite: true);
                return former;
            },
            cancellationToken
        );

    private FileStream OpenNext()
    {
        File.Delete(Next);
        return new(Next, Writing(FileMode.CreateNew));
    }

    private async Task<T> ExclusiveAsync<T>(Func<Task<T>> run, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FileName)!, OwnerDirectory);
            await using var exclusive = await LockAsync(cancellationToken);
            return await run();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ServerException("cannot_write", $"The token cannot be stored: {fault.Message}");
        }
    }

    private SortedDictionary<string, TokenEntry> Read()
    {
        try
        {
            using var stream = File.OpenRead(FileName);
            return new(JsonSerializer.Deserialize<Content>(stream, _json)!.Servers, StringComparer.Ordinal);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (JsonException)
        {
            throw new ServerException("cannot_read", $"{FileName} is damaged: move it away, then log in again.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ServerException("cannot_read", $"{FileName} cannot be read: {fault.Message}");
        }
    }

    // Two logins at once would each write the file without the other's token.
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var end = _time.GetUtcNow() + _patience;
        while (true)
        {
            try
            {
                return new(FileName + ".lock", Writing(FileMode.OpenOrCreate));
            }
            catch (IOException) when (_time.GetUtcNow() < end)
            {
                await Task.Delay(_pause, _time, cancellationToken);
            }
        }
    }

    private static FileStreamOptions Writing(FileMode mode) =>
        new()
        {
            Mode = mode,
            Access = FileAccess.Write,
            Share = FileShare.None,
            UnixCreateMode = OwnerOnly,
        };

    private sealed record Content(IDictionary<string, TokenEntry> Servers);
}
