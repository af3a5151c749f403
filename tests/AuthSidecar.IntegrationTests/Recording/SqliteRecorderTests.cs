namespace AuthSidecar.IntegrationTests.Recording;

public sealed class SqliteRecorderTests : RecorderContract;
