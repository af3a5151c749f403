using AuthSidecar.Administration.Client;

namespace AuthSidecar.Administration.Commands;

/// <summary>One run of <c>login</c>. What a person reads goes to standard error, so that standard output holds only the result.</summary>
internal sealed class Login(CommandEnvironment environment, Uri server, string clientId, CommandOutput output)
{
    /// <param name="label">Name of this device.</param>
    /// <param name="scope">Scopes separated by blanks; null: the client's.</param>
    /// <param name="print">Prints the token instead of storing it.</param>
    /// <param name="wanted">Where the token is stored; null: in the keyring if there is one, else in the file.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RunAsync(string label, string? scope, bool print, TokenPlace? wanted, CancellationToken cancellationToken)
    {
        var store = print ? null : TokenStore.Open(environment.Variable, environment.Time);
        var place = store is null ? default : await store.ChooseAsync(server, wanted, cancellationToken);
        using var client = new DeviceClient(server, environment.Time);
        var started = await client.StartAsync(clientId, label, scope, cancellationToken);
        Show(started, label, print);
        var answer = await client.WaitAsync(started, clientId, cancellationToken);
        var token = new StoredToken(
            answer.Token!,
            clientId,
            answer.TokenId,
            answer.ExpiresIn is > 0 and < int.MaxValue and var seconds ? environment.Time.GetUtcNow().AddSeconds(Math.Floor(seconds)) : null
        );
        if (store is null)
        {
            output.Write(
                new
                {
                    Server = ServerAddress.NameOf(server),
                    token.Token,
                    token.TokenId,
                    token.ExpiresAt,
                },
                writer => writer.WriteLine(token.Token)
            );
            return;
        }

        StoredToken? former;
        try
        {
            (former, place) = await store.SetAsync(server, token, place, wanted is not null, cancellationToken);
        }
        catch (ServerException)
        {
            // A token that no one has any more would stay in force.
            await RevokeAsync(client, token, "token", cancellationToken);
            throw;
        }

        if (former is not null && former.Token != token.Token)
        {
            await RevokeAsync(client, former, "token of the login before", cancellationToken);
        }

        var file = place == TokenPlace.File ? store.FileName : null;
        output.Write(
            new
            {
                Server = ServerAddress.NameOf(server),
                token.TokenId,
                token.ExpiresAt,
                Store = place,
                File = file,
            },
            writer =>
            {
                var until = token.ExpiresAt is { } end ? $" until {TextTable.Time(end, "")}" : "";
                writer.WriteLine($"Logged in to {ServerAddress.NameOf(server)}{until}; the token is in {file ?? "the keyring"}.");
                writer.WriteLine($"Print it: authsidecar token --server {ServerAddress.NameOf(server)}");
            }
        );
    }

    private void Show(DeviceAuthorization started, string label, bool print)
    {
        var error = environment.Error;
        error.WriteLine($"To give \"{label}\" access, open this address in a browser:");
        error.WriteLine();
        error.WriteLine($"  {started.Address}");
        error.WriteLine();
        error.WriteLine("and enter this code:");
        error.WriteLine();
        error.WriteLine($"  {started.UserCode}");
        error.WriteLine();
        var picture =
            print || environment.TerminalWidth() is not (> 0 and var columns)
                ? []
                : QrCode.Lines(started.AddressWithCode ?? started.Address!, columns);
        if (picture.Count > 0)
        {
            error.WriteLine("Or scan this, and compare the code that the page shows:");
            error.WriteLine();
            foreach (var line in picture)
            {
                error.WriteLine(line);
            }

            error.WriteLine();
        }

        error.WriteLine($"Waiting for the approval, for {Math.Ceiling(started.ExpiresIn / 60)} minutes at most.");
    }

    // The outcome of the login stands in any case.
    private async Task RevokeAsync(DeviceClient client, StoredToken token, string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.RevokeAsync(token.Token, token.ClientId, cancellationToken);
        }
        catch (ServerException fault)
        {
            environment.Error.WriteLine($"warning: the {name} was not revoked: {fault.Message}");
        }
    }
}
