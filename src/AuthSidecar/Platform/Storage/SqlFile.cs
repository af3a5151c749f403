namespace AuthSidecar.Platform.Storage;

/// <summary>Reads the SQL statements of the usage pipeline, embedded files beside the class that runs them.</summary>
internal static class SqlFile
{
    public static string Read(string name)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
