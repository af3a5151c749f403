namespace AuthSidecar.Administration.Client;

internal enum TokenPlace
{
    File,
    Keyring,
}

/// <summary>Tokens of this person on this machine: the secrets in the keyring or in the file, the rest in the file.</summary>
/// <param name="file">The file.</param>
/// <param name="keyring">Null: there is none.</param>
internal sealed class TokenStore(TokenFile file, Keyring? keyring)
{
    public string FileName => file.FileName;

    /// <inheritdoc cref="TokenFile.IsExposed"/>
    public bool IsExposed => file.IsExposed;

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ServerException">There is no home directory.</exception>
    public static TokenStore Open(Func<string, string?> variable, TimeProvider time) =>
        new(new TokenFile(variable, time), Keyring.Find(variable));

    /// <summary>Checks that a token can be stored, before a person takes the trouble.</summary>
    /// <param name="server">The server.</param>
    /// <param name="wanted">Null: the keyring if there is one that answers, else the file.</param>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="ServerException">The file cannot be read or written, or the wanted keyring does not answer.</exception>
    public async Task<TokenPlace> ChooseAsync(Uri server, TokenPlace? wanted, CancellationToken cancellationToken)
    {
        await file.CheckAsync(cancellationToken);
        return wanted == TokenPlace.File ? TokenPlace.File
            : keyring is not null && await keyring.AnswersAsync(server, cancellationToken) ? TokenPlace.Keyring
            : wanted is null ? TokenPlace.File
            : throw NoKeyring();
    }

    /// <returns>Null: none.</returns>
    /// <exception cref="ServerException">The file cannot be read, or the keyring does not give the token.</exception>
    public async Task<StoredToken?> FindAsync(Uri server, CancellationToken cancellationToken)
    {
        if (file.Find(server) is not { } entry)
        {
            return null;
        }

        return await SecretOfAsync(server, entry, cancellationToken) is { } secret
            ? entry.With(secret)
            : throw new ServerException(
                "keyring_locked",
                $"The keyring does not give the token for {ServerAddress.NameOf(server)}. Unlock it, or log in again."
            );
    }

    /// <param name="server">The server.</param>
    /// <param name="token">The token.</param>
    /// <param name="place">The chosen place.</param>
    /// <param name="isWanted">True: no other place.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    /// <returns>The token before, null if there was none, and the place of the new one.</returns>
    /// <exception cref="ServerException">The token cannot be stored.</exception>
    public async Task<(StoredToken? Former, TokenPlace Place)> SetAsync(
        Uri server,
        StoredToken token,
        TokenPlace place,
        bool isWanted,
        CancellationToken cancellationToken
    )
    {
        var entry = file.Find(server);
        var former = entry is not null && await SecretOfAsync(server, entry, cancellationToken) is { } secret ? entry.With(secret) : null;
        if (place == TokenPlace.Keyring && !await keyring!.SetAsync(server, token.Token, cancellationToken))
        {
            place = isWanted ? throw NoKeyring() : TokenPlace.File;
        }

        await file.SetAsync(server, TokenEntry.Of(token, place), cancellationToken);
        if (place == TokenPlace.File && entry is { Token: null } && keyring is not null)
        {
            await keyring.RemoveAsync(server, cancellationToken);
        }

        return (former, place);
    }

    /// <exception cref="ServerException">The file cannot be written.</exception>
    public async Task RemoveAsync(Uri server, CancellationToken cancellationToken)
    {
        var former = await file.RemoveAsync(server, cancellationToken);
        if (former is { Token: null } && keyring is not null)
        {
            await keyring.RemoveAsync(server, cancellationToken);
        }
    }

    private async Task<string?> SecretOfAsync(Uri server, TokenEntry entry, CancellationToken cancellationToken) =>
        entry.Token ?? (keyring is null ? null : await keyring.FindAsync(server, cancellationToken));

    private static ServerException NoKeyring() =>
        new(
            "no_keyring",
            "No keyring takes the token: it needs secret-tool (libsecret) and a desktop session, or macOS. Give --store file."
        );
}
