namespace AuthSidecar.Administration.Client;

/// <summary>
/// How a program for a keyring is called. Secrets go to its standard input: other users of the machine see the arguments of processes.
/// </summary>
/// <param name="File">Path of the program.</param>
internal abstract record KeyringProgram(string File)
{
    private const string Bus = "DBUS_SESSION_BUS_ADDRESS";
    private const string RuntimeDirectory = "XDG_RUNTIME_DIR";

    protected const string Service = "authsidecar";

    /// <param name="variable">Reads a variable of the environment.</param>
    /// <returns>Null: none.</returns>
    public static KeyringProgram? Find(Func<string, string?> variable) =>
        OperatingSystem.IsMacOS() ? (OnPath(variable, "security") is { } security ? new MacOs(security) : null)
        : HasBus(variable) && OnPath(variable, "secret-tool") is { } tool ? new Libsecret(tool)
        : null;

    public abstract IReadOnlyList<string> Find(string server);

    public abstract IReadOnlyList<string> Set(string server);

    public abstract IReadOnlyList<string> Remove(string server);

    /// <summary>Standard input of <see cref="Set"/>.</summary>
    public abstract string SetInput(string server, string token);

    /// <summary>True if <see cref="Find(string)"/> answers that the keyring holds none.</summary>
    public abstract bool IsAbsent(int exitCode, string error);

    // Without one, secret-tool would try to start a bus of its own.
    private static bool HasBus(Func<string, string?> variable) =>
        !string.IsNullOrEmpty(variable(Bus))
        || (variable(RuntimeDirectory) is { Length: > 0 } directory && Path.Exists(Path.Combine(directory, "bus")));

    private static string? OnPath(Func<string, string?> variable, string name) =>
        (variable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(System.IO.File.Exists);

    /// <summary><c>secret-tool</c> of libsecret.</summary>
    public sealed record Libsecret(string File) : KeyringProgram(File)
    {
        public override IReadOnlyList<string> Find(string server) => ["lookup", "service", Service, "server", server];

        public override IReadOnlyList<string> Set(string server) =>
            ["store", $"--label=AuthSidecar: token for {server}", "service", Service, "server", server];

        public override IReadOnlyList<string> Remove(string server) => ["clear", "service", Service, "server", server];

        public override string SetInput(string server, string token) => token;

        public override bool IsAbsent(int exitCode, string error) => exitCode == 1 && error.Length == 0;
    }

    /// <summary><c>security</c> of macOS. Interactive, it reads whole commands from standard input.</summary>
    public sealed record MacOs(string File) : KeyringProgram(File)
    {
        private const int NotFound = 44;

        public override IReadOnlyList<string> Find(string server) => ["find-generic-password", "-s", Service, "-a", server, "-w"];

        public override IReadOnlyList<string> Set(string server) => ["-i"];

        public override IReadOnlyList<string> Remove(string server) => ["delete-generic-password", "-s", Service, "-a", server];

        public override string SetInput(string server, string token) =>
            $"add-generic-password -U -s {Service} -a \"{server}\" -w \"{token}\"\n";

        public override bool IsAbsent(int exitCode, string error) => exitCode == NotFound;
    }
}
