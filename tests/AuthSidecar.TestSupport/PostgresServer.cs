using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace AuthSidecar.TestSupport;

/// <summary>
/// A real PostgreSQL on a free port, with its files in a temporary directory. It keeps its port and its data over a restart, and ends with
/// the tests.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    public const string Password = "not-to-be-seen-anywhere";
    private const string User = "postgres";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly Lazy<string> Template = new(MakeTemplate);
    private static readonly Lazy<Task<PostgresServer>> One = new(StartAsync);

    private readonly string _directory = MakeDirectory();
    private Process? _process;
    private int _databases;

    private PostgresServer(int port) => Port = port;

    public int Port { get; }

    /// <summary>The shared server of tests that do not stop it; each creates its own database.</summary>
    public static Task<PostgresServer> SharedAsync() => One.Value;

    /// <summary>A server that may be stopped.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer(RedisServer.FreePort());
        Programs.Run("/bin/cp", ["-a", $"{Template.Value}/.", server._directory]);
        await server.RunAsync();
        return server;
    }

    /// <summary>The value for <c>Store:ConnectionString</c>.</summary>
    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={Port};Database={database};Username={User};Password={Password}";

    /// <returns>The connection string of a new, empty database.</returns>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref _databases)}";
        await ExecuteAsync(ConnectionString(User), $"CREATE DATABASE {name}");
        return ConnectionString(name);
    }

    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Kills it (SIGKILL).</summary>
    public async Task KillAsync()
    {
        Signal("KILL");
        await EndAsync();
    }

    /// <summary>Stops it without waiting for clients.</summary>
    public async Task StopAsync()
    {
        Signal("INT");
        await EndAsync();
    }

    /// <summary>Restarts it on the same port with the same data.</summary>
    public Task StartAgainAsync() => RunAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await StopAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task RunAsync()
    {
        Launch();
        var clock = Stopwatch.StartNew();
        while (!await IsUpAsync())
        {
            if (clock.Elapsed > Patience)
            {
                throw new InvalidOperationException(
                    $"PostgreSQL did not start:\n{await File.ReadAllTextAsync(Path.Combine(_directory, "log"))}"
                );
            }

            if (_process!.HasExited)
            {
                // The shared memory of a killed server is released once its last process has exited.
                _process.Dispose();
                Launch();
            }

            await Task.Delay(50);
        }
    }

    // The shell waits for the end of its input, which closes when the tests end in any way, and then stops the server.
    private void Launch()
    {
        const string Guard = """
            exec 3<&0
            "$@" >>"$0/log" 2>&1 </dev/null &
            server=$!
            (read -r _ <&3; kill -INT "$(head -1 "$0/postmaster.pid")") &
            guard=$!
            wait $server
            kill $guard
            """;
        string[] arguments =
        [
            "-c",
            Guard,
            _directory,
            .. AsUser,
            PostgresBinaries.Path("postgres"),
            "-D",
            _directory,
            "-p",
            $"{Port}",
            "-h",
            "127.0.0.1",
            "-k",
            _directory,
            "-F",
        ];
        _process = Process.Start(new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true })!;
    }

    private async Task<bool> IsUpAsync()
    {
        try
        {
            await ExecuteAsync(ConnectionString(User), "SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task EndAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _process = null;
    }

    private void Signal(string name)
    {
        var postmaster = int.Parse(File.ReadLines(Path.Combine(_directory, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Programs.Run("/bin/kill", [$"-{name}", $"{postmaster}"]);
    }

    private static string[] AsUser => Environment.IsPrivilegedProcess ? [Programs.OnPath("runuser")!, "-u", User, "--"] : [];

    private static string MakeDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            Programs.Run("/bin/chown", [User, directory]);
        }

        return directory;
    }

    private static string MakeTemplate()
    {
        var directory = MakeDirectory();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(directory, recursive: true);
        var password = Path.Combine(Path.GetTempPath(), $"password-{Guid.NewGuid():N}");
        File.WriteAllText(password, Password);
        string[] arguments =
        [
            .. AsUser,
            PostgresBinaries.Path("initdb"),
            "-D",
            directory,
            "-U",
            User,
            "--pwfile",
            password,
            "-A",
            "scram-sha-256",
            "-E",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--no-sync",
        ];
        var (exitCode, output) = Programs.Run(arguments[0], arguments[1..]);
        File.Delete(password);
        return exitCode == 0 ? directory : throw new InvalidOperationException($"initdb failed:\n{output}");
    }
}
